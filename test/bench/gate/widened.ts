import type {Adjust} from './null-set.ts'
export const widenedByOthers: Adjust = (questions) => questions
