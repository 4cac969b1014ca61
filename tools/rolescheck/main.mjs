// Judges every policy that bootstrap and the program write: node main.mjs POLICIES
// RECORDING [--mutants all|SHARE|none] [--only PATTERN].
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { World, environmentOf, matches, speaksOf } from './world.mjs'
import { Mapper, readCalls, refused } from './needs.mjs'
import { derived, escaped, readEscapes, uncontrolled, wrongTokens } from './escapes.mjs'
import { hygiene } from './hygiene.mjs'
import { mutants } from './mutants.mjs'
import { readDuties } from './duties.mjs'

const { values: options, positionals: [policies, recording] } = parseArgs({ allowPositionals: true, options: { mutants: { type: 'string', default: 'none' }, report: { type: 'string' } } })
const world = new World(JSON.parse(readFileSync(policies)))
const faults = new Map() // line -> who
const fault = (line, who) => faults.set(line, [...(faults.get(line) ?? []), who])

const needs = [...await neededBy(world), ...readDuties(world)]
const sound = []
for (const need of needs) {
  const verdict = await world.verdict(need)
  if (!verdict) sound.push(need)
  else if (!(need.action in refused) && !(`${need.action} ${need.resource.replace(/^[^/]*\//, '')}` in refused)) fault(`NEED ${need.as} may not ${need.action} on ${need.resource}: ${verdict} ${JSON.stringify(need.context)}`, need.why)
}
const attacks = [...readEscapes(world), ...derived(world, sound)].filter(a => a.steps.every(s => world.principals[s.as]))
for (const kind of ['deploy', 'drift', 'watch', 'preview']) for (const environment of ['prod', 'staging']) if (!world.principals[`${environment}-${kind}`]) fault('MISSING role', `${environment}-${kind}`)
const held = []
for (const attack of attacks) {
  const found = await escaped(world, attack)
  if (found) fault(`ESCAPE ${attack.name}: ${found} (${attack.steps.map(s => s.action).join(', ')}; it ${attack.hurts})`.replace('it ', 'hurts: '), `${attack.by} against ${attack.on}`)
  const wrong = await uncontrolled(world, attack)
  if (wrong) fault(`CONTROL of "${attack.name}" is refused: ${wrong}`, attack.on)
  if (!found && !wrong) held.push(attack)
}
for (const row of wrongTokens(world)) fault(`TOKEN ${row.role}: "${row.why}" must ${row.admitted ? '' : 'not '}be admitted`, row.role)
for (const { rule, what } of await hygiene(world)) fault(`HYGIENE ${rule}`, what)

const derivedKinds = new Set(attacks.filter(a => !a.control.length).map(a => a.name)), kinds = new Set(attacks.filter(a => a.control.length).map(a => a.name))
const summary = [
  `needs: ${needs.length} different requests of ${new Set(needs.map(n => n.as)).size} roles`,
  `escapes: ${kinds.size} attacks of the table and ${derivedKinds.size} that follow from needs, ${attacks.length} with their attackers and victims`,
]
if (options.mutants !== 'none') summary.push(...await mutate())

async function neededBy(world) {
  const calls = readCalls(recording, world)
  const mapper = new Mapper(world, calls)
  const found = new Map()
  for (const call of calls.filter(c => !c.run.startsWith('bootstrap'))) {
    const [stack, verb] = call.run.split(' ')
    const reads = /^(Describe|Get|List|Head)/.test(call.operation) || call.operation === 'Decrypt'
    const roles = verb === 'refresh' && reads ? ['deploy', 'drift'] : ['deploy']
    for (const r of await mapper.requests(call)) for (const kind of roles) {
      const as = `${environmentOf(stack)}-${kind}`
      const need = { as, ...r, why: `${call.run}: ${call.service} ${call.operation}` }
      const key = JSON.stringify([as, r.action, r.resource, r.context])
      if (!found.has(key)) found.set(key, need)
    }
  }
  return found.values()
}

// mutate puts every single fault into the policies and says which nobody notices.
async function mutate() {
  const sample = options.mutants === 'all' ? 1 : Number(options.mutants)
  const holders = new Map() // document -> principals
  for (const p of Object.values(world.principals)) for (const { document } of [...p.policies, ...(p.boundary ?? []), ...(p.trust ? [p.trust] : [])]) holders.set(document, new Set([...(holders.get(document) ?? []), p.name]))
  const twins = []
  // What one environment may of its own, the others may: options differ, the code does not.
  for (const need of sound.filter(n => /^(prod|staging)-/.test(n.as))) for (const [stack, environment] of [['prod', 'prod'], ['staging', 'staging'], ['review-7', 'review']]) {
    const from = need.as.split('-')[0]
    const twin = JSON.parse(world.twin(JSON.stringify({ as: need.as.replace(from, environment), action: need.action, resource: need.resource, context: need.context }), from, stack))
    if (environment !== from && !await world.verdict({ ...twin, as: need.as.replace(from, environment) })) twins.push({ ...twin, as: need.as.replace(from, environment) })
  }
  for (const attack of held) for (const step of attack.control) if (step.as !== 'administrator') sound.push(step)
  const tokens = new Set(wrongTokens(world).map(r => r.role + r.why))
  sound.push(...twins)
  const caught = {}, survivors = []
  let n = 0, total = 0
  for (const { name, document, owner } of world.documents) {
    const statements = document.Statement
    for (const mutant of mutants(document, owner)) {
      if ((n++ * sample) % 1 + sample < 1) continue
      total++
      document.Statement = mutant.statements
      world.changed(document)
      const by = await noticed(mutant, document, holders.get(document), owner, name)
      document.Statement = statements
      world.changed(document)
      const row = caught[mutant.kind] ??= { needs: 0, escapes: 0, tokens: 0, hygiene: 0, survived: 0 }
      row[by || 'survived']++
      if (!by) survivors.push(`${mutant.lock ? `second lock (${mutant.lock}): ` : ''}${name.replace(/^.*\//, '')} ${mutant.what}`)
    }
  }

  async function noticed(mutant, document, roles, owner, name) {
    if (owner === 'trust') return wrongTokens(world).some(r => !tokens.has(r.role + r.why)) ? 'tokens' : ''
    const concerns = request => (!roles || roles.has(request.as)) && touches(mutant.touched, request)
    if (!mutant.wider) {
      for (const need of sound) if (concerns(need) && await world.verdict(need)) return 'needs'
      if (owner !== 'resource') return ''
    }
    if (owner === 'resource' && wrongTokens(world).some(r => !tokens.has(r.role + r.why))) return 'tokens'
    if (!mutant.wider) return ''
    for (const attack of held) if (attack.steps.some(concerns) && await escaped(world, attack)) return 'escapes'
    if (mutant.kind !== 'widen resource') return ''
    return (await hygiene({ documents: [{ name, owner, document: { Statement: [mutant.touched] } }] })).length > 0 ? 'hygiene' : ''
  }
  const share = (missed, aside = 0) => (100 * (1 - missed / (total - aside))).toFixed(1)
  const lines = Object.entries(caught).map(([kind, row]) => `  ${kind}: ${Object.entries(row).map(([k, v]) => `${k} ${v}`).join(', ')}`)
  if (options.report) writeFileSync(options.report + '.survivors', survivors.join('\n') + '\n')
  return [`mutants: ${total} of ${n}, ${total - survivors.length} caught (${share(survivors.length)} %; ${share(survivors.filter(s => !s.startsWith('second lock')).length, survivors.filter(s => s.startsWith('second lock')).length)} % of those that change something alone)`, ...lines, `  ${survivors.filter(s => s.startsWith('second lock')).length} of the survivors change nothing alone, since another lock holds: tags beside names, or a boundary`, `  ${survivors.filter(s => !s.startsWith('second lock')).length} others: ${options.report ?? 'the report'}.survivors`]
}

// touches says whether a statement speaks of a request's action and resource.
function touches(statement, request) {
  return speaksOf(statement, request.action) && [].concat(statement.Resource ?? '*').some(r => r === '*' || !request.wild && matches(r, request.resource))
}

const text = [...summary, ...[...faults].map(([line, who]) => `${line} [${[...new Set(who)].slice(0, 8).join('; ')}${who.length > 8 ? ` and ${who.length - 8} more` : ''}]`), `${faults.size} faults`].join('\n')
console.log(text)
if (options.report) writeFileSync(options.report, text + '\n')
process.exitCode = faults.size ? 1 : 0
