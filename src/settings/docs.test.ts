import {expect, test} from 'vitest'
import {configurationDocs} from './docs.ts'

test('the reference page is what the schema says', async () => {
  await expect(configurationDocs()).toMatchFileSnapshot('../../docs/configuration.md')
})
