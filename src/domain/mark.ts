/** Value of AMPCI_BUILD_MARK: by it every process of a build is recognised, on a machine with several datadirs too. */
export function markOf(datadirId: string, buildId: number): string {
  return `${datadirId}.${buildId}`;
}
