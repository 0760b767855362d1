/** Texts that tell a virtual machine; each may be missing. */
export interface VirtualizationTexts {
  readonly cpuinfo?: string | undefined // /proc/cpuinfo
  readonly dmiVendor?: string | undefined // /sys/class/dmi/id/sys_vendor
  readonly dmiProduct?: string | undefined // /sys/class/dmi/id/product_name
  readonly hypervisorType?: string | undefined // /sys/hypervisor/type
  readonly clockSource?: string | undefined
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [/amazon|ec2/i, 'amazon'],
  [/google/i, 'google'],
  [/microsoft|hyperv/i, 'hyper-v'],
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'virtualbox'],
  [/xen/i, 'xen'],
  [/qemu|kvm/i, 'kvm'],
]

/** A hint such as `kvm`, `unknown hypervisor`, or undefined on what looks like bare metal. */
export function virtualizationOf(texts: VirtualizationTexts): string | undefined {
  const names = [texts.dmiVendor, texts.dmiProduct, texts.hypervisorType, texts.clockSource].join('\n')
  const named = HINTS.find(([pattern]) => pattern.test(names))?.[1]
  const insideHypervisor = /^flags\s*:.*\bhypervisor\b/m.test(texts.cpuinfo ?? '')
  if (texts.cpuinfo !== undefined && /^flags\s*:/m.test(texts.cpuinfo) && !insideHypervisor) return undefined
  return named ?? (insideHypervisor ? 'unknown hypervisor' : undefined)
}
