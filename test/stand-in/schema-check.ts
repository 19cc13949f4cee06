import type { Answer } from './answer.ts';
export const checkAnswer = async (
  _operation: string,
  _method: string,
  _answer: Answer,
): Promise<string | null> => null;
