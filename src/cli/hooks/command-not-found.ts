import type {Hook} from '@oclif/core/hooks'
import {unknownCommand} from '../unknown-command.ts'

/** Called by oclif with the words that name no command; in place of its own plug-in, which prompts. */
const hook: Hook.CommandNotFound = async ({config, id}) => {
  throw unknownCommand(config, id)
}
export default hook
