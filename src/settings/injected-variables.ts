const ADDRESS = /^(tcp|udp|sctp):\/\//

/**
 * Whether Kubernetes set the variable, for a service of a name such as `streambus` or `streambus-server`: STREAMBUS_PORT=tcp://...,
 * STREAMBUS_PORT_9092_TCP..., STREAMBUS_SERVICE_HOST, STREAMBUS_SERVICE_PORT. The names alone could be typing mistakes, so the address
 * that is always among them has to be there.
 * Source: Kubernetes documentation, Services, "Discovering services: environment variables".
 */
export function isInjected(variable: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  const [, service] =
    /^(.+?)_(?:PORT|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?|SERVICE_HOST|SERVICE_PORT(?:_\w+)?)$/.exec(
      variable,
    ) ?? []
  return service !== undefined && ADDRESS.test(environment[`${service}_PORT`] ?? '')
}
