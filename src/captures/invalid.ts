import {StreambusError} from '../base/errors.ts'

/** A file that is not the capture it was taken for. `source` is its path or URL, `problem` what is wrong, with the value. */
export function invalidCapture(source: string, problem: string, cause?: unknown): StreambusError {
  return new StreambusError('SB_INPUT_INVALID', `${source}: ${problem}`, {
    hint: 'a capture is a whole .cpuprofile, .heapprofile or pprof file; take it again if it was cut short',
    cause,
  })
}
