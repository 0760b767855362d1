import {expect, test} from 'vitest'
import {StreambusError, toErrorRecord} from './errors.ts'

test('user and password of a URL that is quoted are in no record', () => {
  const error = new StreambusError(
    'SB_INPUT_NOT_FOUND',
    'http://me:s3cret@host/x and kafka://k3y@b:9092 are no files',
    {
      hint: 'not nats://a:b@c, but https://host/a@b',
    },
  )
  expect(toErrorRecord(error)).toEqual({
    code: 'SB_INPUT_NOT_FOUND',
    message: 'http://***@host/x and kafka://***@b:9092 are no files',
    hint: 'not nats://***@c, but https://host/a@b',
  })
})
