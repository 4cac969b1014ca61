// The attacks of escapes.yaml, with names put in, and whether each is denied.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { account, environmentOf, matches, newKey } from './world.mjs'
import { arn, global, resourceTags } from './needs.mjs'

export const stacks = ['prod', 'staging', 'review-7']
const kinds = ['deploy', 'drift', 'watch', 'preview', 'made']

const principal = (kind, stack) => kind === 'administrator' ? kind : /^(deploy|drift|watch|preview)$/.test(kind) ? `${environmentOf(stack)}-${kind}` : `${stack}/${kind}`

export function readEscapes(world, file = new URL('escapes.yaml', import.meta.url)) {
  const attacks = []
  for (const row of parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }).rows) {
    for (const A of stacks) for (const V of stacks) {
      if ((row.from === 'self') !== (A === V)) continue
      if (row.guests === false && environmentOf(V) === 'review') continue
      if (row.only && !Object.entries(row.only).every(([k, v]) => ({ A, V })[k] === v)) continue
      for (const by of row.by ?? kinds) for (const on of [row.on].flat()) {
        const chain = row.steps ?? [{ ...row, on }]
        const steps = chain.map(step => request(world, step, step.as ?? by, A, V))
        const rightful = row.control === 'admin' ? steps.map(s => ({ ...s, as: 'administrator' })) : chain.map(step => {
          const r = request(world, step, step.as ?? row.control ?? 'deploy', V, V)
          return { ...r, context: { ...r.context, ...fill(world, row.right ?? {}, V, V) } }
        })
        attacks.push({ name: row.attack, by: principal(by, A), on: V, hurts: row.hurts, steps, control: [...rightful, ...steps.map(s => ({ ...s, as: 'administrator', formOnly: true, context: { ...s.context, ...fill(world, row.right ?? {}, A, V) } }))] })
      }
    }
  }
  return attacks
}

// request is one step, by a kind of role of A.
export function request(world, step, kind, A, V) {
  const as = principal(kind, A)
  const rds = { 'aws:secretsmanager:owningService': 'rds', 'aws:rds:primaryDBInstanceArn': arn('rds', `db:slipway-${V}-database-1a2b3c4`) }
  const own = stack => ({ project: 'slipway', environment: stack })
  const tags = { none: {}, rds, A: own(A), bootstrap: { project: 'slipway-bootstrap' } }[step.tags] ?? own(V)
  return { as, action: step.action, resource: resource(fill(world, step.on, A, V)), context: { ...resourceTags(tags), ...fill(world, step.with ?? {}, A, V) } }
}

function resource(on) {
  if (on.startsWith('arn:') || on === '*') return on
  const [, service, global_, rest] = on.match(/^([a-z0-9-]+)(:*) (.*)$/)
  return global_ === ':::' ? `arn:aws:${service}:::${rest}` : global_ ? global(service, rest) : arn(service, rest)
}

// fill puts names into a row's templates.
function fill(world, value, A, V) {
  if (Array.isArray(value)) return value.map(v => fill(world, v, A, V))
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fill(world, v, A, V)]))
  return value.replace(/\$\{(\w+)\}/g, (_, name) => lookUp(world, name, A, V))
}

function lookUp(world, name, A, V) {
  const scene = stack => world.scenes.find(s => s.stack === stack)
  const bootstrap = world.scenes[0]
  const registered = (s, type, logical) => s.registered.find(r => r.type === type && (!logical || r.name === logical))?.arn
  const role = (stack, logical) => Object.values(scene(stack).roles).find(r => r.name.startsWith(`slipway-${stack}-${logical}`))
  const found = {
    A: () => A, V: () => V,
    key: () => registered(scene(V), 'aws:kms/key:Key', `slipway-${V}-key`), dbkey: () => registered(scene(V), 'aws:kms/key:Key', `slipway-${V}-database`),
    media: () => registered(scene(V), 'aws:s3/bucketV2:BucketV2', `slipway-${V}-media`), logs: () => registered(scene(V), 'aws:s3/bucketV2:BucketV2', `slipway-${V}-logs`),
    statekey: () => registered(bootstrap, 'aws:kms/key:Key'), leases: () => registered(bootstrap, 'aws:dynamodb/table:Table'),
    role: () => role(V, 'app-task').arn, execution: () => role(V, 'app-execution').arn, schedules: () => role(V, 'app-schedules').arn, ownrole: () => role(A, 'app-task').arn,
    path: () => `/${role(V, 'app-task').arn.replace(/^.*:role\//, '').replace(/[^/]*$/, '')}`, ownpath: () => `/${role(A, 'app-task').arn.replace(/^.*:role\//, '').replace(/[^/]*$/, '')}`,
    boundary: () => role(V, 'app-task').boundary, ownboundary: () => role(A, 'app-task').boundary,
    repository: () => environmentOf(V) === 'review' ? 'slipway-guest' : 'slipway',
    pipeline: () => world.principals[principal('deploy', V)].arn,
  }[name]?.()
  if (!found) throw new Error(`escapes.yaml: nothing is known as \${${name}} of ${V}`)
  return found
}

// escaped is '' when an attack is denied and its control allowed, or what is wrong.
export async function escaped(world, attack) {
  let stopped = false
  for (const step of attack.steps) {
    if (!world.principals[step.as]) return `there is no role ${step.as}`
    const verdict = await world.verdict(step)
    if (/^(ill-formed|AWS knows)/.test(verdict)) return verdict
    if (verdict) { stopped = true; break }
  }
  return stopped ? '' : 'allowed'
}

export async function uncontrolled(world, attack) {
  for (const step of attack.control) {
    const verdict = await world.verdict(step)
    if (verdict && !(step.formOnly && verdict === 'ExplicitlyDenied')) return `${step.as} ${step.action} on ${step.resource}: ${verdict}`
  }
  return ''
}

// wrongTokens are the rows of the tables of tokens and of services that are not
// answered as they should be.
export function wrongTokens(world, file = new URL('escapes.yaml', import.meta.url)) {
  const { tokens, services, uses } = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 })
  const provider = (issuer, role) => issuer === 'gitlab.com' ? [role.trust.document.Statement[0]?.Principal?.Federated ?? provider('none')].flat()[0] : `arn:aws:iam::${account}:oidc-provider/${issuer}`
  const wrong = tokens.flatMap(row => [row.role].flat().map(role => ({ ...row, role }))).filter(row => {
    if (!world.principals[row.role]) return true
    const [type, ref] = (row.ref ?? 'branch:main').split(/:(.*)/)
    const host = row.issuer ?? 'gitlab.com'
    const sub = `project_path:${row.project ?? 'example/recipes'}:ref_type:${type}:ref:${ref}:environment:${row.environment}:environment_protected:${row.protected ?? ''}`
    const refProtected = row.refProtected ?? (ref === 'main' || /^v/.test(ref))
    const admitted = world.admits(row.role, provider(host, world.principals[row.role]), 'sts:AssumeRoleWithWebIdentity', {
      [`${host}:sub`]: sub, [`${host}:aud`]: row.aud ?? 'https://gitlab.com', [`${host}:ref_protected`]: String(refProtected),
    })
    return admitted !== row.admitted
  })
  for (const row of services) {
    for (const stack of stacks.filter(s => world.principals[`${s}/${row.role}`])) {
      const role = `${stack}/${row.role}`
      const admitted = world.admits(role, `${row.service}.amazonaws.com`, 'sts:AssumeRole', { 'aws:SourceAccount': row.account ?? account, 'aws:SourceArn': fill(world, row.source ?? '', stack, stack) })
      if (admitted !== row.admitted) wrong.push({ ...row, role })
    }
  }
  for (const row of uses) {
    for (const stack of stacks) for (const action of [row.action].flat()) for (const on of [row.on].flat()) {
      const admitted = world.serves(`${row.service}.amazonaws.com`, action, resource(fill(world, on, stack, stack)), { 'aws:SourceAccount': account, ...fill(world, row.with ?? {}, stack, stack) })
      if (admitted !== row.admitted) wrong.push({ ...row, role: `${row.service} ${action} ${on} of ${stack}` })
    }
  }
  return wrong
}

// derived are attacks that follow from what the pipeline's roles need: each done to
// another environment, and done with a condition absent or foreign. One of a kind.
export function derived(world, needs, file = new URL('escapes.yaml', import.meta.url)) {
  const { pins, shared } = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 })
  const attacks = [], seen = new Set()
  const add = (name, as, V, step) => {
    if (shared.some(s => [s.action].flat().some(a => matches(a, step.action)) && matches(s.resource ?? '*', step.resource) && matches(s.by ?? '*', as) && name.includes(s.when ?? ''))) return
    attacks.push({ name, by: as, on: V, hurts: 'nobody else may', steps: [{ ...step, as }], control: [] })
  }
  for (const need of needs) {
    const V = stacks.find(s => !need.as.includes('/') && need.as.startsWith(`${environmentOf(s)}-`))
    const kind = JSON.stringify([need.as, need.action, need.resource.replace(/(slipway-[a-z]+(-\d+)?-)[^/:]*/g, '$1'), Object.keys(need.context)])
    if (!V || seen.has(kind)) continue
    seen.add(kind)
    const name = new RegExp(`slipway[-/]${V}(?![a-z0-9])`)
    const named = name.test(need.resource) || need.action.startsWith('kms:') && need.resource in world.resourcePolicies && need.resource !== newKey
    const known = Object.entries(need.context).filter(([key]) => !need.ignored?.includes(key) && !(need.wild && key.startsWith('aws:ResourceTag/')))
    if (named || known.some(([key, value]) => key !== 'aws:TagKeys' && [value].flat().some(v => v === V || name.test(v)))) {
      for (const A of stacks.filter(s => s !== V)) for (const kind of kinds) {
        const as = principal(kind, A)
        if (world.principals[as] && as !== need.as) add(`another's ${need.action}`, as, V, need)
      }
    }
    for (const { key, foreign, named: whereNamed, only, making, absent } of pins) {
      if (!known.some(([k]) => k === key) || named && whereNamed === false || only && !new RegExp(`^(${only})$`).test(need.action) || making && !('aws:RequestTag/environment' in need.context)) continue
      const { [key]: gone, ...context } = need.context
      const kept = key.startsWith('aws:RequestTag/') && 'aws:ResourceTag/environment' in context // other tags of one's own may change
      if (absent !== false && !kept) add(`${need.action} without ${key}`, need.as, V, { ...need, context })
      add(`${need.action} with a foreign ${key}`, need.as, V, { ...need, context: { ...context, [key]: foreign } })
    }
  }
  return attacks
}
