import type {Interfaces} from '@oclif/core'
import {Command} from '@oclif/core/command'
import {boolean} from '@oclif/core/flags'
import type {Context} from '../app/context.ts'
import {clockFrom, monotonicOrigin} from '../base/clock.ts'
import {type ErrorRecord, type ExitCode, exitCodeOf} from '../base/errors.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Style} from '../render/style.ts'
import {createStore} from '../store/create-store.ts'
import {renderFailure} from './failure.ts'
import {type Interruption, watchInterruption} from './interrupt.ts'
import {asksForStream, streamLine} from './json-stream.ts'
import {createProgress, type Progress} from './progress.ts'
import {styleFor} from './terminal.ts'
import {toUsageError} from './usage-errors.ts'

type FlagOutput = Interfaces.OutputFlags<Interfaces.FlagInput>
type ArgOutput = Interfaces.OutputArgs<Interfaces.ArgInput>

/**
 * What every command shares: `--json` and `--debug`, the context, the style of its output, and
 * errors of usage in our own words. A command parses, calls one use case, logs one rendering, and
 * returns the result, which is what `--json` prints.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    json: boolean({summary: 'Print the result as JSON, and nothing else.', helpGroup: 'GLOBAL'}),
    debug: boolean({summary: 'Print the stack of an error.', helpGroup: 'GLOBAL'}),
  }

  /** What a command does after Ctrl-C, for the line that says that it stops. */
  protected readonly whileStopping: string = 'keeping what was measured'
  #progress: Progress | undefined
  #interruption: Interruption | undefined
  #context: Context | undefined

  /** What a use case may touch of the world; made at first use. From then on Ctrl-C aborts its signal. */
  protected get context(): Context {
    this.#context ??= this.#createContext()
    return this.#context
  }

  /** Colour for stdout: only on a terminal, never with NO_COLOR, CI or TERM=dumb. */
  protected get style(): Style {
    return styleFor(process.stdout, process.env)
  }

  /** Ends the command with this exit code after `run` returned; its result is still printed. */
  protected finishWith(exitCode: ExitCode): void {
    process.exitCode = exitCode
  }

  /** Prints results on stdout; nothing with `--json`, where the returned value is the output. */
  override log(message = ''): void {
    if (this.jsonEnabled()) return
    this.#progress?.clear()
    process.stdout.write(`${message}\n`) // console.log, which oclif uses, says nothing when the disk is full
  }

  /** A line on stderr that stays; it is not part of the result. */
  protected note(line: string): void {
    this.#progress?.clear()
    process.stderr.write(`${line}\n`)
  }

  /** What was measured is printed already; this says why it is no answer, and what to do. */
  protected failWith(problem: ErrorRecord): void {
    this.note(renderFailure(problem).trimEnd())
    this.finishWith(exitCodeOf(problem))
  }

  override logJson(json: unknown): void {
    this.#progress?.clear()
    const text = this.#isStreaming ? streamLine({type: 'result', result: json}) : `${JSON.stringify(json, null, 2)}\n`
    process.stdout.write(text)
  }

  /** With `--json-stream` too the returned value is all that is printed at the end. */
  override jsonEnabled(): boolean {
    return super.jsonEnabled() || this.#isStreaming
  }

  get #isStreaming(): boolean {
    return asksForStream(this.ctor.flags ?? {}, this.argv)
  }

  protected override async parse<F extends FlagOutput, B extends FlagOutput, A extends ArgOutput>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    // oclif would wait for a missing argument on stdin, which is a pipe that nobody writes to in CI.
    for (const arg of Object.values(this.ctor.args)) arg.ignoreStdin = true
    try {
      return await super.parse<F, B, A>(options, argv)
    } catch (error) {
      throw toUsageError(error, {commandLine: this.#commandLine(), flagNames: this.#flagNames()})
    }
  }

  /** Every failure is printed in one place, the handler that the launcher calls. */
  protected override async catch(error: unknown): Promise<void> {
    throw error
  }

  protected override async finally(): Promise<void> {
    this.#progress?.clear()
    this.#interruption?.dispose()
  }

  #createContext(): Context {
    const clock = clockFrom(monotonicOrigin())
    const progress = createProgress(process.stderr, process.env, () => clock.nowNs() / 1e6)
    const interruption = watchInterruption(process, (line) => progress.keep(line), this.whileStopping)
    this.#progress = progress
    this.#interruption = interruption
    const cwd = process.cwd()
    return {
      clock,
      now: () => new Date(),
      cwd,
      store: createStore({cwd}),
      signal: interruption.signal,
      progress: (line) => progress.show(line),
      emit: (event) => this.#emit(event, progress),
      warn: (line) => progress.keep(`Warning: ${line}`),
    }
  }

  #emit(event: RunEvent, progress: Progress): void {
    if (event.type === 'progress') progress.live(event)
    if (this.#isStreaming) process.stdout.write(streamLine(event))
  }

  #commandLine(): string {
    return `${this.config.bin} ${(this.id ?? '').replaceAll(':', ' ')}`
  }

  #flagNames(): string[] {
    const flags = {...this.ctor.baseFlags, ...this.ctor.flags}
    return Object.entries(flags).flatMap(([name, flag]) => (flag.hidden ? [] : [name, ...(flag.aliases ?? [])]))
  }
}
