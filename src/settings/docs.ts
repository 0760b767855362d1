import {variableOf} from './environment-source.ts'
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
- A key that is not in these tables, and a value outside its range, keep the broker from starting; the error names the
  line, what is allowed and the nearest key. All problems are listed at once.
- *Effect*: \`live\` keys do what they say in the embedded broker. A key with \`none yet\` is accepted and checked, and
  answered with one warning.
- The minimal file of the Go broker starts ours too: \`server.broker_id\`, \`server.grpc_port\`, \`cluster\` and
  \`observability\` are read over and named in a note.
`

const sections: readonly (readonly [string, string])[] = [
  ['storage', 'Storage'],
  ['server', 'Server'],
  ['producer', 'Producer (client side)'],
  ['consumer', 'Consumer (client side)'],
]

/** The reference page of every key, in Markdown. */
export function configurationDocs(): string {
  return `${[introduction, ...sections.map(([prefix, title]) => sectionDocs(prefix, title))].join('\n')}`
}

function sectionDocs(prefix: string, title: string): string {
  const definitions = settingDefinitions.filter(({key}) => key.startsWith(`${prefix}.`))
  return [
    `## ${title}`,
    '',
    '| Key | Default | Values | Effect | Meaning |',
    '|---|---|---|---|---|',
    ...definitions.map(rowDocs),
    '',
    `Variables: upper case, dots as underscores, such as \`${variableOf(definitions[0]!.key)}\`.`,
    '',
  ].join('\n')
}

function rowDocs(definition: SettingDefinition): string {
  const {key, effect, meaning} = definition
  return `| \`${key}\` | \`${displayedValue(definition, definition.default)}\` | ${valuesDocs(definition)} | ${effect} | ${meaning} |`
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
