/*
 * The entry of a micro-benchmark's process: one case, once. It ends when its stdin closes and lets
 * Ctrl-C pass, like the broker's: the parent decides when a run ends.
 */
process.on('SIGINT', () => {})
const {serveMicro} = await import('./serve-micro.ts')
serveMicro(process)

export {}
