// What the roles need that no recorded request shows: jobs that do not deploy, and
// the program's own roles in their services. duties.yaml is the table.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { request, stacks } from './escapes.mjs'
import { environmentOf } from './world.mjs'

export function readDuties(world, file = new URL('duties.yaml', import.meta.url)) {
  const found = []
  for (const row of parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 })) {
    for (const stack of stacks.filter(s => row.guests !== false || environmentOf(s) !== 'review')) for (const by of row.by) for (const action of [row.action].flat()) for (const on of [row.on].flat()) {
      const one = request(world, { ...row, action, on }, by, stack, stack)
      if (world.principals[one.as]) found.push({ ...one, why: row.for })
    }
  }
  return found
}
