/*
 * The entry of the embedded broker's process. It ends when its stdin closes, so that it never
 * outlives whoever started it, and lets Ctrl-C pass: the parent decides when a run is drained.
 * Listeners come first and everything else is loaded after them, so that no signal finds them missing.
 */
process.on('SIGINT', () => {})
const {serveBroker} = await import('./serve-broker.ts')
serveBroker(process)

export {}
