import {boolean, string} from '@oclif/core/flags'

/** Flags of the commands that run cases of the guide's suites. */
export const caseFlags = {
  case: string({
    summary: 'Case of the guide to run: a name or a part of it, a pattern with *, or all.',
    helpValue: '<name>',
    multiple: true,
    helpGroup: 'CASES',
  }),
  list: boolean({summary: 'Print the cases with what they do, and run nothing.', helpGroup: 'CASES'}),
}
