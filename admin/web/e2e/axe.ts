import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const all: RunOptions['runOnly'] = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }

/** Runs axe-core in a page. It comes in by the debugger, past the content security policy, which forbids strangers. */
export async function findings(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(`window.axe || ${source}`)
  const runOnly = rules ? { type: 'rule' as const, values: rules } : all
  const results = await page.evaluate(
    (options) => (window as unknown as { axe: { run(c: Document, o: RunOptions): Promise<AxeResults> } }).axe.run(document, options),
    { runOnly, resultTypes: ['violations'] } as RunOptions,
  )
  return results.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}: ${n.failureSummary?.split('\n').slice(1).join(' ').trim() ?? ''}`))
}
