/** The part of 0x's API that is used; the package brings no types. */
declare module '0x' {
  export default function visualize(options: {
    readonly visualizeCpuProfile: string // path of the .cpuprofile
    readonly outputHtml: string
    readonly name: string
    readonly workingDir: string
  }): Promise<unknown>
}
