import type {MicroCase} from '../micro-case.ts'
import {crc} from './crc.ts'
import {decodeFetchResponseCase, encodeFetchResponse} from './fetch-response.ts'
import {splitFrames} from './frame-splitter.ts'
import {encodeHistogram, readLastSecond, recordDuration, recordLastSecond} from './histogram.ts'
import {stampBatch} from './ledger-stamp.ts'
import {decodeProduceRequest, encodeProduceRequest} from './produce-request.ts'
import {encodeResults} from './results-encode.ts'
import {appendThroughput, walAppend} from './storage-append.ts'
import {reopenLog} from './storage-reopen.ts'

/** Every case, in the order they are listed and run. Names are unique, and kept: baselines go by them. */
export const microCases: readonly MicroCase[] = [
  encodeProduceRequest(1024, 100),
  decodeProduceRequest(1024, 100),
  encodeFetchResponse(1024, 100),
  decodeFetchResponseCase(1024, 100),
  encodeProduceRequest(100, 1),
  decodeProduceRequest(100, 1),
  splitFrames(1024, 100),
  splitFrames(100, 1),
  crc(100),
  crc(1024),
  crc(65_536),
  stampBatch(100, 100),
  recordDuration,
  recordLastSecond,
  readLastSecond,
  encodeHistogram,
  encodeResults(6),
  appendThroughput('SmallMsg_SingleBatch', 100, 1),
  appendThroughput('SmallMsg_LargeBatch', 100, 1000),
  appendThroughput('MediumMsg_SingleBatch', 1024, 1),
  appendThroughput('MediumMsg_LargeBatch', 1024, 1000),
  appendThroughput('LargeMsg_SingleBatch', 10_240, 1),
  appendThroughput('LargeMsg_MediumBatch', 10_240, 100),
  walAppend('never', 1024, 1),
  walAppend('interval', 1024, 1),
  walAppend('always', 1024, 1),
  walAppend('always', 1024, 64),
  reopenLog(10_000),
]
