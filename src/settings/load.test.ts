import {expect, test} from 'vitest'
import {StreambusError} from '../base/errors.ts'
import {variableOf} from './environment-source.ts'
import {resolvedValue, resolveSettings, type SettingSources} from './load.ts'
import {settingDefinitions} from './schema.ts'
import {writtenValue} from './values.ts'

function messageOf(sources: SettingSources): string {
  try {
    resolveSettings(sources)
  } catch (error) {
    if (!(error instanceof StreambusError)) throw error
    expect(error.code).toBe('SB_CONFIG_INVALID')
    return error.message
  }
  throw new Error('the configuration was accepted')
}

const file = (text: string): SettingSources => ({file: {path: 'broker.yaml', text}})

test('sizes, durations and choices are read in every way the guide writes them', () => {
  const resolved = resolveSettings(
    file(
      [
        'storage:',
        '  wal:',
        '    segment_size: 1073741824',
        '    fsync_policy: "always"',
        '    fsync_interval: "1s"',
        '  retention: {time: 168h, bytes: 512MiB}',
        '  use_direct_io: false',
        'server.port: 0',
        'server: {idle_timeout: 1m30s, read_buffer_size: 64KiB}',
      ].join('\n'),
    ),
  )
  const held = (key: string) => resolvedValue(resolved, key)
  expect(held('storage.wal.segment_size')).toBe(1073741824)
  expect(held('storage.wal.fsync_policy')).toBe('always')
  expect(held('storage.wal.fsync_interval')).toBe(1000)
  expect(held('storage.retention.time')).toBe(168 * 3600 * 1000)
  expect(held('storage.retention.bytes')).toBe(512 * 1024 * 1024)
  expect(held('server.port')).toBe(0)
  expect(held('server.idle_timeout')).toBe(90_000)
  expect(held('server.read_buffer_size')).toBe(65536)
  expect(held('server.max_connections')).toBe(1000) // untouched
})

test.each([
  ['server:\n  prot: 1', 'broker.yaml:2: server.prot is not a known key; the nearest is server.port'],
  ['fsync_policy: always', 'broker.yaml:1: fsync_policy is not a known key; the nearest is storage.wal.fsync_policy'],
  ['storag:\n  data_dir: x', 'broker.yaml:1: storag is not a known key; the nearest is storage'],
  ['\nzzz: 1', 'broker.yaml:2: zzz is not a known key'],
  [
    'storage:\n  wal:\n    fsync_policy: sometimes',
    'broker.yaml:3: storage.wal.fsync_policy is "sometimes"; must be one of always, interval, never',
  ],
  ['server:\n  port: 70000', 'broker.yaml:2: server.port is "70000"; must be a whole number, 0 to 65535'],
  ['server:\n  port: 80.5', 'broker.yaml:2: server.port is "80.5"; must be a whole number, 0 to 65535'],
  ['server:\n  port:', 'broker.yaml:2: server.port has no value; a whole number, 0 to 65535'],
  ['server:\n  host: ""', 'broker.yaml:2: server.host is empty; text that is not empty'],
  [
    'server:\n  idle_timeout: 500',
    'broker.yaml:2: server.idle_timeout is "500"; must be a duration such as 500ms or 5m, 1ms to 24h',
  ],
  [
    'storage:\n  wal:\n    segment_size: 1.5B',
    'broker.yaml:3: storage.wal.segment_size is "1.5B"; must be bytes or a size such as 64KiB, 16MiB to 8GiB',
  ],
  [
    'storage:\n  wal:\n    segment_size: 1KiB',
    'broker.yaml:3: storage.wal.segment_size is "1KiB"; must be bytes or a size such as 64KiB, 16MiB to 8GiB',
  ],
  ['storage:\n  use_direct_io: yes', 'broker.yaml:2: storage.use_direct_io is "yes"; must be true or false'],
  [
    'server:\n  port: [1, 2]',
    'broker.yaml:2: server.port must be one value, not a list or a mapping; a whole number, 0 to 65535',
  ],
  ['storage: 5', 'broker.yaml:1: storage is a section: its keys stand below it, indented'],
  ['server:\n  port: 1\n  port: 2', 'broker.yaml:3: server.port is given twice; the first is on line 2'],
  ['server: {port: 1}\nserver: {port: 2}', 'broker.yaml:2: server is given twice; the first is on line 1'],
  ['server.port: 1\nserver: {port: 1}', 'broker.yaml:2: server.port is given twice; the first is on line 1'],
  ['server:\n\tport: 1', 'broker.yaml:2 is indented with a tab; YAML wants spaces'],
  ['a: 1\n---\nb: 2', 'broker.yaml:2 starts a second YAML document; a configuration is one'],
  ['- a\n- b', 'broker.yaml:1 is a list; a configuration is a mapping such as `server: {port: 9092}`'],
  ['hello', 'broker.yaml:1 is a single value; a configuration is a mapping such as `server: {port: 9092}`'],
  ['server: {port: 8080}', 'broker.yaml:1: server.port is 8080, and so is the other port; each needs its own'],
  [
    'consumer: {fetch_min_bytes: 20MiB}',
    'broker.yaml:1: consumer.fetch_min_bytes is 20MiB, larger than consumer.fetch_max_bytes (10MiB)',
  ],
])('%j is refused with its line', (text, message) => {
  expect(messageOf(file(text))).toBe(message)
})

test('broken YAML names the line', () => {
  expect(messageOf(file('server:\n  port: [1'))).toMatch(/^broker\.yaml:\d is not YAML: /)
})

test('every problem is listed, of every source', () => {
  const message = messageOf({
    ...file('server:\n  prot: 1\n  port: x'),
    environment: {STREAMBUS_STORAGE_WAL_FSYNC_POLCY: 'always', STREAMBUS_SERVER_IDLE_TIMEOUT: 'soon'},
    flags: [{key: 'server.http_port', flag: '--http-port', value: -2}],
  })
  expect(message.split('\n')).toEqual([
    'broker.yaml has 5 problems:',
    '  broker.yaml:2: server.prot is not a known key; the nearest is server.port',
    '  broker.yaml:3: server.port is "x"; must be a whole number, 0 to 65535',
    '  STREAMBUS_STORAGE_WAL_FSYNC_POLCY is not a known variable; the nearest is STREAMBUS_STORAGE_WAL_FSYNC_POLICY',
    '  STREAMBUS_SERVER_IDLE_TIMEOUT: server.idle_timeout is "soon"; must be a duration such as 500ms or 5m, 1ms to 24h',
    '  --http-port: server.http_port is "-2"; must be a whole number, -1 to 65535',
  ])
})

test('flags override the environment, which overrides the file; each value knows who set it', () => {
  const resolved = resolveSettings({
    ...file('server: {port: 1, max_connections: 7}\nstorage: {data_dir: fromfile}'),
    environment: {
      STREAMBUS_SERVER_PORT: '2',
      STREAMBUS_STORAGE_DATA_DIR: 'fromenv',
      STREAMBUS_INTEROP: 'x:1',
      HOME: '/',
    },
    flags: [{key: 'server.port', flag: '--port', value: 3}],
  })
  const originOf = (key: string) => {
    const entry = resolved.entries.find(({definition}) => definition.key === key)
    return [entry?.value, entry?.source, entry?.where]
  }
  expect(originOf('server.port')).toEqual([3, 'flag', '--port'])
  expect(originOf('storage.data_dir')).toEqual(['fromenv', 'environment', 'STREAMBUS_STORAGE_DATA_DIR'])
  expect(originOf('server.max_connections')).toEqual([7, 'file', 'broker.yaml:1'])
  expect(originOf('server.host')).toEqual(['127.0.0.1', 'default', undefined])
})

test('the spelling of the Go broker, with a dot in the variable, is read too', () => {
  const resolved = resolveSettings({environment: {'STREAMBUS_SERVER.PORT': '9999'}})
  expect(resolvedValue(resolved, 'server.port')).toBe(9999)
  const contradiction = {'STREAMBUS_SERVER.PORT': '1', STREAMBUS_SERVER_PORT: '2'}
  expect(messageOf({environment: contradiction})).toBe(
    'STREAMBUS_SERVER_PORT: server.port contradicts STREAMBUS_SERVER.PORT',
  )
})

test.each(['', '# everything as it is\n', '---\n', 'null'])(
  '%j, a file that sets nothing, means the defaults',
  (text) => {
    expect(resolveSettings(file(text))).toEqual(resolveSettings({}))
  },
)

test("the Go broker's names are read from variables and flags as from a file", () => {
  const environment = {
    STREAMBUS_STORAGE_WAL_FSYNC: 'none',
    'STREAMBUS_SERVER.MAXCONNECTIONS': '7',
    STREAMBUS_DATA_DIR: 'd',
  }
  const flags = [
    {key: 'server.listen', flag: '--set', value: '127.0.0.2:7000'},
    {key: 'storage.lsm.num_memtables', flag: '--set', value: '5'},
    {key: 'replication.default_factor', flag: '--set', value: '3'},
  ]
  const {entries, notes} = resolveSettings({environment, flags})
  const set = entries.flatMap(({definition, value, where, source}) =>
    source === 'default' ? [] : [[definition.key, value, where]],
  )
  expect(Object.fromEntries(set.map(([key, ...rest]) => [key, rest]))).toEqual({
    'storage.wal.fsync_policy': ['never', 'STREAMBUS_STORAGE_WAL_FSYNC'],
    'storage.data_dir': ['d', 'STREAMBUS_DATA_DIR'],
    'storage.memtable.num_immutable': [5, '--set'],
    'server.max_connections': [7, 'STREAMBUS_SERVER.MAXCONNECTIONS'],
    'server.host': ['127.0.0.2', '--set'],
    'server.port': [7000, '--set'],
  })
  expect(notes.join('\n')).toContain('storage.wal.fsync as storage.wal.fsync_policy')
  expect(notes.join('\n')).toMatch(/Keys of the Go broker, unused here \(one process.*\): replication\.default_factor/)
  const both = {STREAMBUS_STORAGE_WAL_FSYNC: 'always', STREAMBUS_STORAGE_WAL_FSYNC_POLICY: 'never'}
  expect(messageOf({environment: both})).toBe(
    'STREAMBUS_STORAGE_WAL_FSYNC_POLICY: storage.wal.fsync_policy contradicts STREAMBUS_STORAGE_WAL_FSYNC',
  )
})

test.each([
  ['STREAMBUS_STORAGE_WAL_FSYNC_POLCY', 'STREAMBUS_STORAGE_WAL_FSYNC_POLICY'],
  ['STREAMBUS_FSYNC_POLICY', 'STREAMBUS_STORAGE_WAL_FSYNC_POLICY'], // the section forgotten
  ['STREAMBUS_WAL_FSYNC_POLICY', 'STREAMBUS_STORAGE_WAL_FSYNC_POLICY'],
  ['STREAMBUS_PORT', 'STREAMBUS_SERVER_PORT'],
  ['STREAMBUS_SERVICE_PORT', 'STREAMBUS_SERVER_PORT'], // no address beside it, so nobody injected it
  ['STREAMBUS_STORGE_DATA_DIR', 'STREAMBUS_STORAGE_DATA_DIR'],
])('%s, which is nearly a variable, is refused', (variable, nearest) => {
  expect(messageOf({environment: {[variable]: '9092'}})).toBe(
    `${variable} is not a known variable; the nearest is ${nearest}`,
  )
})

test('a variable of our prefix that is nothing like a key is named, and a secure one that is not is a warning', () => {
  const {notes, warnings} = resolveSettings({
    environment: {STREAMBUS_OWNER: 'me', STREAMBUS_SECURITY_TLS_ENABLED: 'true'},
  })
  expect(notes).toContain('Variables, unused here (no setting has that name): STREAMBUS_OWNER')
  expect(warnings).toEqual([
    expect.stringMatching(/STREAMBUS_SECURITY_TLS_ENABLED is true, and this broker has none of it/),
  ])
})

// As the Kubernetes documentation shows them, for services named streambus and streambus-server.
test('what Kubernetes sets for services of our name does not stop the broker, and sets nothing', () => {
  const injected = (service: string, port: string) => ({
    [`${service}_SERVICE_HOST`]: '10.0.0.11',
    [`${service}_SERVICE_PORT`]: port,
    [`${service}_SERVICE_PORT_DATA`]: port,
    [`${service}_PORT`]: `tcp://10.0.0.11:${port}`,
    [`${service}_PORT_${port}_TCP`]: `tcp://10.0.0.11:${port}`,
    [`${service}_PORT_${port}_TCP_PROTO`]: 'tcp',
    [`${service}_PORT_${port}_TCP_PORT`]: port,
    [`${service}_PORT_${port}_TCP_ADDR`]: '10.0.0.11',
  })
  const environment = {
    ...injected('STREAMBUS', '9092'),
    ...injected('STREAMBUS_SERVER', '9092'),
    ...injected('STREAMBUS_HEALTH', '8080'),
  }
  const {entries, notes} = resolveSettings({environment})
  expect(entries.filter(({source}) => source !== 'default')).toEqual([])
  expect(notes).toEqual([
    expect.stringMatching(
      /^Variables, unused here \(Kubernetes sets them for a service of this name\): STREAMBUS_HEALTH_PORT, /,
    ),
  ])
})

test('a variable that is set to nothing is not set', () => {
  expect(resolvedValue(resolveSettings({environment: {STREAMBUS_SERVER_PORT: ''}}), 'server.port')).toBe(9092)
})

// The file of the interoperability reference, section 2.1.
test('the minimal file of the Go broker is accepted, its cluster keys named in one note', () => {
  const resolved = resolveSettings(
    file(`server: { broker_id: 1, host: 127.0.0.1, port: 9092, http_port: 8080 }
storage: { data_dir: ./sb/data }
cluster:
  raft: { data_dir: ./sb/raft }
  peers: ["1:127.0.0.1:9093"]
`),
  )
  expect(resolvedValue(resolved, 'storage.data_dir')).toBe('./sb/data')
  expect(resolved.warnings).toEqual([])
  expect(resolved.notes).toEqual([
    'Keys of the Go broker, unused here (one process, without consensus or replicas): server.broker_id, cluster.raft.data_dir, cluster.peers',
  ])
})

test('anchors are followed, and one that holds itself ends', () => {
  const resolved = resolveSettings(file('server: {read_buffer_size: &size 8KiB, write_buffer_size: *size}'))
  expect(resolvedValue(resolved, 'server.write_buffer_size')).toBe(8192)
  expect(messageOf(file('server: &loop\n  server: *loop'))).toContain('server.server is not a known key')
})

// Typed from the Go broker's config/broker.yaml, with its values.
const goFile = `server: {broker_id: 1, host: 0.0.0.0, port: 9092, grpc_port: 9093, http_port: 8080}
storage:
  data_dir: /var/lib/streambus/data
  wal: {segment_size: 1073741824, fsync: always, fsync_interval_ms: 1000}
  lsm: {memtable_size: 67108864, num_memtables: 3, block_size: 4096, bloom_filter_fp_rate: 0.01}
  compaction: {strategy: leveled, max_concurrent: 2, size_ratio: 10}
  cache: {block_cache_size: 268435456, index_cache_size: 67108864}
replication: {default_factor: 3}
cluster: {raft: {data_dir: /var/lib/streambus/raft}, peers: ["1:broker-1:9093"]}
performance: {num_io_threads: 8, socket_send_buffer_bytes: 102400, max_request_size: 104857600}
security: {tls: {enabled: true, cert_file: /etc/x}}
topics: {auto_create: true, retention: {time_hours: 24, size_bytes: -1}}
producers: {batch_size: 16384, linger_ms: 5, compression: lz4}
consumers: {fetch_max_wait_ms: 250}
`

test('a file of the Go broker is read in its own words, and what has no counterpart is named with the reason', () => {
  const resolved = resolveSettings(file(goFile))
  const held = (key: string) => resolvedValue(resolved, key)
  expect(held('storage.wal.fsync_policy')).toBe('always')
  expect(held('storage.wal.fsync_interval')).toBe(1000)
  expect(held('storage.memtable.max_size')).toBe(67108864)
  expect(held('storage.memtable.num_immutable')).toBe(3)
  expect(held('storage.block_cache_size')).toBe(268435456)
  expect(held('server.write_buffer_size')).toBe(102400)
  expect(held('storage.retention.time')).toBe(24 * 3600 * 1000)
  expect(held('storage.retention.bytes')).toBe(1024 * 1024 ** 4) // -1: no limit
  expect(held('producer.batch_timeout')).toBe(5)
  expect(held('producer.batch_size')).toBe(100) // its 16384 are bytes
  expect(held('consumer.fetch_max_wait')).toBe(250)
  const entry = resolved.entries.find(({definition}) => definition.key === 'storage.wal.fsync_policy')
  expect(entry).toMatchObject({where: 'broker.yaml:4', spelled: 'storage.wal.fsync'})
  const notes = resolved.notes.join('\n')
  expect(notes).toContain('storage.wal.fsync as storage.wal.fsync_policy')
  expect(notes).toContain('unused here (counts bytes there; producer.batch_size counts messages): producers.batch_size')
  expect(notes).toContain('storage.lsm.block_size')
  expect(resolved.warnings).toEqual([expect.stringMatching(/^broker\.yaml:11: security\.tls\.enabled is true/)])
})

test('both spellings of a key with different values are an error, with the same value they are not', () => {
  const both = (ours: string, its: string) => file(`storage:\n  wal:\n    fsync_policy: ${ours}\n    fsync: ${its}\n`)
  expect(messageOf(both('always', 'never'))).toBe(
    'broker.yaml:4: storage.wal.fsync contradicts storage.wal.fsync_policy on line 3: both set storage.wal.fsync_policy',
  )
  expect(resolvedValue(resolveSettings(both('never', 'never')), 'storage.wal.fsync_policy')).toBe('never')
})

test('a value that cannot be is refused under the name it was given', () => {
  expect(messageOf(file('storage: {wal: {fsync: sometimes}}'))).toBe(
    'broker.yaml:1: storage.wal.fsync is "sometimes"; must be one of always, interval, never',
  )
  expect(messageOf(file('server: {listen: "0.0.0.0:99999"}'))).toContain('server.listen is "99999"')
  expect(messageOf(file('storage: {lsm: {memtable_sise: 1}}'))).toContain(
    'storage.lsm.memtable_sise is not a known key',
  )
})

test('an address is a host and a port', () => {
  const resolved = resolveSettings(file('server: {listen: ":7000"}'))
  expect([resolvedValue(resolved, 'server.host'), resolvedValue(resolved, 'server.port')]).toEqual(['127.0.0.1', 7000])
  const other = resolveSettings(file('server: {address: "10.0.0.1:7000"}'))
  expect([resolvedValue(other, 'server.host'), resolvedValue(other, 'server.port')]).toEqual(['10.0.0.1', 7000])
})

test('a flag with a mistyped key names the nearest', () => {
  expect(messageOf({flags: [{key: 'storage.wal.fsync_polcy', flag: '--set', value: 'always'}]})).toBe(
    '--set: storage.wal.fsync_polcy is not a known key; the nearest is storage.wal.fsync_policy',
  )
})

test('every key has its variable', () => {
  const environment = Object.fromEntries(
    settingDefinitions.map((definition) => [
      variableOf(definition.key),
      String(writtenValue(definition, definition.default)),
    ]),
  )
  expect(environment.STREAMBUS_STORAGE_WAL_FSYNC_POLICY).toBe('interval')
  const {entries} = resolveSettings({environment})
  expect(entries.map(({value, source}) => [value, source])).toEqual(
    settingDefinitions.map((definition) => [definition.default, 'environment']),
  )
})
