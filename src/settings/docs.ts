import {variableOf} from './environment-source.ts'
import {goKeysIgnored, goSpellings} from './go-spellings.ts'
import {type SettingDefinition, settingDefinitions} from './schema.ts'
import {displayedValue, rangeOf} from './values.ts'

const introduction = `# Configuration

<!-- Written from src/settings/schema.ts; to write it anew: npx vitest run src/settings/docs.test.ts --update -->

\`streambus broker --config FILE\` reads a YAML file of the keys below. A key may also be set by its variable, which
overrides the file; a flag overrides both. Every value has a default, so a file holds only what differs:

\`\`\`yaml
storage:
  data_dir: /var/lib/streambus
  wal:
    fsync_policy: always
server:
  port: 9092
\`\`\`

- Sizes are bytes (\`536870912\`) or a number with a unit: \`512MiB\` is binary, \`512MB\` decimal.
- Durations have a unit: \`500ms\`, \`30s\`, \`5m\`, \`168h\`, \`1m30s\`.
- No value is read again while the broker runs: every change needs a restart.
- A file that sets nothing (empty, or comments) means the defaults. A variable whose name starts with \`STREAMBUS_\` and
  is nearly one of these is refused like a mistyped key; any other is named in a note, and so are those that Kubernetes
  sets for a service called \`streambus\`: \`STREAMBUS_PORT=tcp://...\` is not a port.
- A key that is not in these tables, and a value outside its range, keep the broker from starting; the error names the
  line, what is allowed and the nearest key. All problems are listed at once.
- \`streambus broker --print-config\` prints every key with its value and where it came from (\`--json\` too), and starts
  nothing; a broker that runs answers the same at \`/debug/config\` of its HTTP port.
- Files of the Go broker start ours too: see the last section.
`

const sections: readonly (readonly [string, string])[] = [
  ['storage', 'Storage'],
  ['server', 'Server'],
  ['producer', 'Producer (client side)'],
  ['consumer', 'Consumer (client side)'],
]

/** The reference page of every key, in Markdown. */
export function configurationDocs(): string {
  return [introduction, ...sections.map(([prefix, title]) => sectionDocs(prefix, title)), goDocs()].join('\n')
}

function sectionDocs(prefix: string, title: string): string {
  const definitions = settingDefinitions.filter(({key}) => key.startsWith(`${prefix}.`))
  return [
    `## ${title}`,
    '',
    '| Key | Default | Values | Meaning |',
    '|---|---|---|---|',
    ...definitions.map(rowDocs),
    '',
    `Variables: upper case, dots as underscores, such as \`${variableOf(definitions[0]!.key)}\`.`,
    '',
  ].join('\n')
}

function rowDocs(definition: SettingDefinition): string {
  const {key, meaning} = definition
  return `| \`${key}\` | \`${displayedValue(definition, definition.default)}\` | ${valuesDocs(definition)} | ${meaning} |`
}

/** The names of the Go broker that are read as ours, and those that are not, with the reason. */
function goDocs(): string {
  const read = [...goSpellings].map(
    ([name, {keys, remark}]) => `| \`${name}\` | ${keys.map((key) => `\`${key}\``).join(', ')} | ${remark ?? ''} |`,
  )
  const reasons = Map.groupBy(goKeysIgnored, ([, why]) => why)
  const unused = [...reasons].map(([why, keys]) => `| ${keys.map(([key]) => `\`${key}\``).join(', ')} | ${why} |`)
  return [
    '## Names of the Go broker',
    '',
    'Its files may be used as they are, and its names in variables and `--set` too. One note says which names were read as',
    'ours. Where a name and ours are both given and differ, that is an error with both places; of flags the last holds.',
    '',
    '| Its name | Ours | |',
    '|---|---|---|',
    ...read,
    '',
    'These have no counterpart; one note for each reason says which of them were there. `security` with something set to',
    '`true` is a warning.',
    '',
    '| Its name or section | Why it changes nothing |',
    '|---|---|',
    ...unused,
    '',
  ].join('\n')
}

function valuesDocs(definition: SettingDefinition): string {
  switch (definition.kind) {
    case 'text':
      return 'text'
    case 'boolean':
      return '`true`, `false`'
    case 'choice':
      return (definition.allowed ?? []).map((value) => `\`${value}\``).join(', ')
    case 'size':
    case 'duration':
    case 'count':
    case 'port':
      return rangeOf(definition)
  }
}
