import {readClientLayer} from '../../../src/app/client-layer.ts'
import {formatDurationNs, formatRate} from '../../../src/base/units.ts'
import type {ClientSettings} from '../../../src/model/client-settings.ts'
import type {Workload} from '../../../src/model/workload.ts'
import {type Arm, abba, isUsable, medianOf, ratioOf, ratioText} from '../abba.ts'
import {asRatio, type Bound, type FigureRow, intervalOf, rowOf} from './figure.ts'
import {readProduceCosts} from './produce-costs.ts'
import {type Effort, type Shape, withPair, workloadOf} from './targets.ts'

const rates = (value: number) => formatRate(value)

/** 1 KiB x 100 over one connection, against the echo server. */
export function besideEcho({pairs, seconds}: Effort): Promise<FigureRow[]> {
  const figure = '1 KiB x 100, 1 connection, `interval`, against echo'
  return withPair({}, async ({broker, echo}) => {
    const workload = workloadOf({batch: 100}, seconds)
    const compared = await abba(figure, pairs, {target: broker, workload}, {target: echo, workload})
    const of = `${formatRate(medianOf(compared.a, 'msgs/s'))} of ${formatRate(medianOf(compared.b, 'msgs/s'))}`
    return [rowOf(figure, ratioOf(compared, 'msgs/s'), {at: 'least', value: 0.85}, asRatio, [of])]
  })
}

/** Four connections to a partition each against one, on the same broker. */
export function fourConnections({pairs, seconds}: Effort): Promise<FigureRow[]> {
  const figure = '4 connections x 4 partitions, against 1'
  return withPair({}, async ({broker}) => {
    const four: Arm = {target: broker, workload: workloadOf({batch: 100, producers: 4, partitions: 4}, seconds)}
    const one: Arm = {target: broker, workload: workloadOf({batch: 100}, seconds)}
    const compared = await abba(figure, pairs, four, one)
    const of = `${formatRate(medianOf(compared.a, 'msgs/s'))} against ${formatRate(medianOf(compared.b, 'msgs/s'))}`
    return [rowOf(figure, ratioOf(compared, 'msgs/s'), {at: 'least', value: 1}, asRatio, [of])]
  })
}

export function unbatched({pairs, seconds}: Effort): Promise<FigureRow[]> {
  return rateBesideEcho(
    'unbatched, 1 KiB, 64 in flight, 1 connection',
    {batch: 1, inFlight: 64},
    {pairs, seconds},
    {at: 'least', value: 200_000},
  )
}

async function rateBesideEcho(
  figure: string,
  shape: Shape,
  {pairs, seconds}: Pick<Effort, 'pairs' | 'seconds'>,
  bound: Bound,
): Promise<FigureRow[]> {
  return withPair({}, async ({broker, echo}) => {
    const workload = workloadOf(shape, seconds)
    const compared = await abba(figure, pairs, {target: broker, workload}, {target: echo, workload})
    const seen = intervalOf(compared.a.filter(isUsable).flatMap(({metrics}) => metrics['msgs/s'] ?? []))
    return [rowOf(figure, seen, bound, rates, [`of echo: ${ratioText(compared, 'msgs/s')}`])]
  })
}

/** Sync before every acknowledgement: what a group holds and what a sync takes is the broker's own word. */
export function alwaysSynced({pairs, seconds}: Effort): Promise<FigureRow[]> {
  const figure = '`always`, 16 producers x batch 10, 1 KiB'
  return withPair({'storage.wal.fsync_policy': 'always'}, async ({broker, echo}) => {
    const workload = workloadOf({batch: 10, producers: 16}, seconds)
    const costs = readProduceCosts()
    const compared = await abba(figure, pairs, {target: broker, workload, hooks: costs.hooks}, {target: echo, workload})
    const seen = intervalOf(compared.a.filter(isUsable).flatMap(({metrics}) => metrics['msgs/s'] ?? []))
    const notes = [`of echo: ${ratioText(compared, 'msgs/s')}`, costs.text()]
    return [rowOf(figure, seen, {at: 'least', value: 200_000}, rates, notes)]
  })
}

/** The guide's latency profile as it is, at a steady rate on an absolute schedule. */
export function latencyProfile({pairs, seconds}: Effort): Promise<FigureRow[]> {
  const figure = "the guide's latency profile, `always`, 50 K msg/s of 1 KiB open loop"
  const configFile = new URL('../../../profiles/latency.yaml', import.meta.url).pathname
  return withPair(
    {},
    async ({broker, echo}) => {
      const {message, client} = await readClientLayer({configFile, settings: [], environment: {}})
      const asked = workloadOf({batch: message?.batchMessages ?? 1, rate: 50_000}, seconds)
      const workload: Workload = {...asked, client: client as ClientSettings}
      const compared = await abba(figure, pairs, {target: broker, workload}, {target: echo, workload})
      const invalid = compared.a.filter((sample) => !isUsable(sample)).length
      const rowFor = (metric: string, name: string, mostMs: number) => {
        const seen = intervalOf(compared.a.filter(isUsable).flatMap(({metrics}) => metrics[metric] ?? []))
        const echoed = `echo ${formatDurationNs(medianOf(compared.b, metric))}`
        const left = invalid === 0 ? [] : [`${invalid} samples invalid`]
        return rowOf(`${figure}: response time ${name}`, seen, {at: 'most', value: mostMs * 1e6}, formatDurationNs, [
          echoed,
          ...left,
        ])
      }
      return [rowFor('p99-ns', 'p99', 2), rowFor('p999-ns', 'p999', 5)]
    },
    configFile,
  )
}
