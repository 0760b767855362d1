/** Facts about the machine and the programs a run was made on. Sizes in bytes. */
export interface Environment {
  readonly host: {
    readonly os: string // `linux`
    readonly kernel: string
    readonly architecture: string // `x64`
    readonly cpuModel: string
    readonly cpuCount: number // that this process may use
    readonly memoryBytes: number
    readonly cgroup: {readonly cpuQuotaCores?: number; readonly memoryLimitBytes?: number}
    readonly dataDisk?: {readonly fileSystem: string; readonly device: string; readonly freeBytes: number}
    readonly clockSource?: string
    readonly virtualization?: string
  }
  readonly client: {readonly version: string; readonly node: string; readonly v8: string}
  readonly git?: {readonly commit: string; readonly dirty: boolean}
}
