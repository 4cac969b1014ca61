import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arn, Mapper } from './needs.mjs'
import { hygiene } from './hygiene.mjs'
import { mutants } from './mutants.mjs'
import { speaksOf, World } from './world.mjs'

const key = arn('kms', 'key/11111111-0000-4000-8000-000000000000')
const base = statements => ({ scenes: [
  { name: 'bootstrap', stack: '', managed: { boundary: { Version: '2012-10-17', Statement: [{ Sid: 'Media', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::slipway-prod-*/*'] }] },
    deploy: { Version: '2012-10-17', Statement: statements } },
  roles: { 'slipway-pipeline-prod-deploy': { name: 'slipway-pipeline-prod-deploy', arn: 'arn:aws:iam::111122223333:role/slipway/pipeline/slipway-pipeline-prod-deploy', trust: { Statement: [] }, attached: ['deploy'], tags: {} } },
  resources: [], registered: [{ type: 'aws:kms/key:Key', name: 'pulumi', arn: key }] },
  { name: 'stack prod', stack: 'prod', managed: {}, registered: [], resources: [],
    roles: { task: { name: 'slipway-prod-app-task-1a2b3c4', path: '/slipway/prod/', arn: 'arn:aws:iam::111122223333:role/slipway/prod/slipway-prod-app-task-1a2b3c4', trust: { Statement: [] }, inline: {}, boundary: 'boundary', tags: { environment: 'prod' } } } },
] })
const allow = (Action, Resource, Condition) => ({ Sid: 'One', Effect: 'Allow', Action: [Action], Resource: [Resource], ...Condition && { Condition } })
const asked = (action, resource, context = {}) => ({ as: 'prod-deploy', action, resource, context })

test('a request is allowed by a statement, its resource and its condition', async () => {
  const world = new World(base([allow('rds:DeleteDBInstance', arn('rds', 'db:slipway-prod-*'), { StringEquals: { 'aws:ResourceTag/environment': 'prod' } })]))
  const tagged = { 'aws:ResourceTag/environment': 'prod' }
  assert.equal(await world.verdict(asked('rds:DeleteDBInstance', arn('rds', 'db:slipway-prod-database'), tagged)), '')
  assert.equal(await world.verdict(asked('rds:DeleteDBInstance', arn('rds', 'db:slipway-prod-database'))), 'ImplicitlyDenied')
  assert.equal(await world.verdict(asked('rds:DeleteDBInstance', arn('rds', 'db:slipway-staging-database'), tagged)), 'ImplicitlyDenied')
  assert.match(await world.verdict(asked('rds:DeleteDBInstance', arn('ec2', 'vpc/vpc-0'))), /ill-formed/)
  assert.match(await world.verdict(asked('rds:NoSuchAction', '*')), /knows no action/)
})

test('a key needs its own policy to trust the account', async () => {
  const world = new World(base([allow('kms:DisableKey', key)]))
  assert.equal(await world.verdict(asked('kms:DisableKey', key)), 'ImplicitlyDenied')
  world.resourcePolicies[key] = { name: 'key', document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' }] } }
  assert.equal(await world.verdict(asked('kms:DisableKey', key)), '')
})

test('a role that a deploy makes has what the boundary leaves', async () => {
  const world = new World(base([]))
  const made = (action, resource) => world.verdict({ as: 'prod/made', action, resource, context: {} })
  assert.equal(await made('s3:GetObject', 'arn:aws:s3:::slipway-prod-media/x'), '')
  assert.notEqual(await made('s3:GetObject', 'arn:aws:s3:::slipway-staging-media/x'), '')
  assert.notEqual(await made('iam:CreateUser', 'arn:aws:iam::111122223333:user/x'), '')
})

test('a call is mapped to what it asks for', async () => {
  const world = new World(base([]))
  const asks = async (service, operation, parameters) => (await new Mapper(world, []).requests({ run: 'prod up', service, operation, parameters })).map(r => `${r.action} ${r.resource.replace(/^arn:aws:[a-z0-9-]*:[^:]*:[^:]*:/, '')}`)
  const Tags = [{ Key: 'environment', Value: 'prod' }]
  assert.deepEqual(await asks('ec2', 'CreateSubnet', { VpcId: 'vpc-00000000000000000', TagSpecifications: [{ ResourceType: 'subnet', Tags }] }),
    ['ec2:CreateSubnet vpc/vpc-00000000000000000', 'ec2:CreateSubnet subnet/subnet-0', 'ec2:CreateTags subnet/subnet-0'])
  assert.deepEqual(await asks('iam', 'AddRoleToInstanceProfile', { InstanceProfileName: 'p', RoleName: 'slipway-prod-app-task-1a2b3c4' }),
    ['iam:PassRole role/slipway/prod/slipway-prod-app-task-1a2b3c4', 'iam:AddRoleToInstanceProfile instance-profile/slipway/prod/p'])
  assert.deepEqual(await asks('s3', 'CopyObject', { Bucket: 'b', Key: 'k', CopySource: 'b/j' }), ['s3:GetObject b/j', 's3:PutObject b/k'])
  assert.ok((await asks('rds', 'CreateDBInstance', { DBInstanceIdentifier: 'd', ManageMasterUserPassword: true })).some(r => r.startsWith('secretsmanager:CreateSecret secret:rds!db-')))
  await assert.rejects(asks('s3', 'NoSuchOperation', { Bucket: 'b' }), /no action of IAM/)
})

test('faults of a policy by itself are found', async () => {
  const rules = async (...statement) => (await hygiene(new World(base([allow(...statement)])))).map(h => h.rule.replace(/:.*/, ''))
  assert.deepEqual(await rules('rds:DeleteDBInstance', arn('rds', 'db:x')), [])
  assert.deepEqual(await rules('rds:NoSuch', '*'), ['unknown action', 'resource that no action of the statement looks at'])
  assert.deepEqual(await rules('rds:DeleteDBInstance', '*'), ['any resource without a reason in wildcards.yaml'])
  assert.deepEqual(await rules('ecs:DescribeTaskDefinition', arn('ecs', 'task-definition/x')), ['resource that the action ignores', 'resource that no action of the statement looks at'])
  assert.deepEqual(await rules('sns:Publish', arn('sns', 'x'), { StringEquals: { 'sns:NoSuch': 'x' } }), ['condition that the action does not know'])
})

test('a policy is changed in one place at a time', () => {
  const statement = { Sid: 'S', Effect: 'Allow', Action: ['a:B', 'a:C'], Resource: ['arn:aws:s3:::slipway-prod-x'], Condition: { StringEquals: { k: 'v' } } }
  assert.deepEqual([...mutants({ Statement: [statement] })].map(m => m.kind), ['drop statement', 'drop action', 'drop action', 'widen resource', 'drop condition'])
  assert.ok(speaksOf(statement, 'A:b') && !speaksOf(statement, 'a:D'))
})
