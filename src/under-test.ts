/** True only in the bundle that the tests run; the installed one has neither crash points nor a movable clock. */
declare const __UNDER_TEST__: boolean;

export const underTest: boolean = typeof __UNDER_TEST__ !== 'undefined' && __UNDER_TEST__;
