/**
 * The storage cases of the guide's benchmark table: appends to a log without a broker around it,
 * never synced. `src/micro` has what they run.
 */
export const guideStorageCases: readonly {readonly name: string; readonly says: string}[] = [
  {name: 'Storage_AppendThroughput/SmallMsg_SingleBatch', says: 'append one message of 100 B, no broker'},
  {name: 'Storage_AppendThroughput/SmallMsg_LargeBatch', says: 'append 1,000 messages of 100 B, no broker'},
  {name: 'Storage_AppendThroughput/MediumMsg_SingleBatch', says: 'append one message of 1 KiB, no broker'},
  {name: 'Storage_AppendThroughput/MediumMsg_LargeBatch', says: 'append 1,000 messages of 1 KiB, no broker'},
  {name: 'Storage_AppendThroughput/LargeMsg_SingleBatch', says: 'append one message of 10 KiB, no broker'},
  {name: 'Storage_AppendThroughput/LargeMsg_MediumBatch', says: 'append 100 messages of 10 KiB, no broker'},
]
