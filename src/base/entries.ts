/**
 * The URL of a module beside the caller's, for a worker or a child process. Sources run unbuilt
 * (type stripping, `.ts`) in tests and built (`.js`) in the package, so the ending follows the
 * caller's own.
 */
export function entryUrl(callerUrl: string, nameWithoutEnding: string): URL {
  const ending = callerUrl.endsWith('.ts') ? '.ts' : '.js'
  return new URL(`${nameWithoutEnding}${ending}`, callerUrl)
}
