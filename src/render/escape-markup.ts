import {singleLine} from './analysis-words.ts'

/** Characters that Markdown (GitHub's) or HTML would act on are written as themselves; one line. */
export function markdownText(text: string): string {
  return singleLine(text)
    .replace(/[\\`*_[\]|~#$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** Text of an HTML element or of an attribute in quotes. */
export function htmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
