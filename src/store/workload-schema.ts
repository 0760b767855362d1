import type {Field, Shape} from './workload-fields.ts'
import {workloadFields} from './workload-fields.ts'

type Json = {readonly [member: string]: unknown}

/** The published JSON schema of a workload file, from the table that its reader uses: `docs/workload.schema.json`. */
export function workloadSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:streambus:workload:1',
    title: 'A workload of streambus',
    description: 'What `streambus load FILE` sends. Quantities may carry their unit: 50k/s, 1KiB, 30s.',
    ...schemaOf({kind: 'mapping', fields: workloadFields}, 1),
  }
}

function schemaOf(shape: Shape, factor: number | undefined): Json {
  switch (shape.kind) {
    case 'text':
      return {type: ['string', 'number']}
    case 'choice':
      return {enum: shape.values}
    case 'list':
      return {type: 'array', items: schemaOf(shape.of, 1)}
    case 'either':
      return {anyOf: [schemaOf(shape.text, factor), schemaOf(shape.nested, factor)]}
    case 'quantity':
      if (factor === undefined) return {type: 'string'}
      return {anyOf: [{type: 'number', ...(shape.min !== undefined && {minimum: shape.min})}, {type: 'string'}]}
    case 'mapping':
      return mappingSchema(shape.fields)
  }
}

function mappingSchema(fields: readonly Field[]): Json {
  const properties = fields.flatMap(({spellings, shape, says}) =>
    Object.entries(spellings).map(([word, factor]) => [word, {description: says, ...schemaOf(shape, factor)}]),
  )
  const required = fields.filter((field) => field.isRequired && Object.keys(field.spellings).length === 1)
  return {
    type: 'object',
    additionalProperties: false,
    ...(required.length > 0 && {required: required.map(({name}) => name)}),
    properties: Object.fromEntries(properties),
  }
}
