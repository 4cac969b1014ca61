// Single faults put into the policies, one after the other: each has to be noticed.

// mutants are the changed statements of a document: {what, kind, statements, wider,
// touched}. What is not touched, a statement before or after, nothing changes for.
export function* mutants(document, owner = '') {
  const all = document.Statement
  const put = (i, statement) => [...all.slice(0, i), ...(statement ? [statement] : []), ...all.slice(i + 1)]
  for (const [i, statement] of all.entries()) {
    // A name and a tag both tell whose something is: without one the other still does.
    const named = [].concat(statement.Resource).every(r => /slipway[-\/](prod|staging|review)/.test(r))
    const tagged = /aws:(Resource|Request)Tag\/(environment|aws:rds)|kms:EncryptionContext|ecs:cluster/.test(JSON.stringify(statement.Condition ?? {}))
    const allows = statement.Effect === 'Allow'
    const sid = statement.Sid ?? `#${i}`
    const list = key => [].concat(statement[key] ?? [])
    yield { what: `${sid}: dropped`, kind: 'drop statement', touched: statement, statements: put(i), wider: !allows }
    if (list('Action').length > 1) {
      for (const action of list('Action')) yield { what: `${sid}: without ${action}`, kind: 'drop action', touched: { ...statement, Action: [action] }, statements: put(i, { ...statement, Action: list('Action').filter(a => a !== action) }), wider: !allows }
    }
    for (const resource of list('Resource').filter(r => r !== '*')) {
      const without = list('Resource').filter(r => r !== resource)
      if (without.length) yield { what: `${sid}: without ${resource}`, kind: 'drop resource', touched: { ...statement, Resource: [resource] }, statements: put(i, { ...statement, Resource: without }), wider: !allows }
      const wide = resource.replace(/(slipway[-/])(prod|staging|review)(-\*|[^/:*]*)/, '$1*').replace('**', '*').replace(/(stacks|history|backups|locks)\/.*/, '$1/*')
      const wider = wide === resource ? '*' : wide
      // What a stack's own role may is its boundary's; the components' tests hold the rest.
      if (!owner.includes('/')) yield { what: `${sid}: ${resource} widened to ${wider}`, kind: 'widen resource', touched: { ...statement, Resource: [wider] }, statements: put(i, { ...statement, Resource: [...without, wider] }), lock: owner === 'resource' ? 'a resource\'s policy speaks of it alone' : tagged && 'tags', wider: allows }
    }
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      for (const key of Object.keys(keys)) {
        if (owner.includes('/')) continue
        const { [key]: gone, ...rest } = keys
        const { [operator]: old, ...others } = statement.Condition
        yield { what: `${sid}: without ${operator} ${key}`, kind: 'drop condition', touched: statement, statements: put(i, { ...statement, Condition: Object.keys(rest).length ? { ...others, [operator]: rest } : others }), lock: owner === 'resource' ? 'IAM' : owner === 'boundary' && 'the role\'s own policy' || named && 'names' || /Tag\/project/.test(key) && 'the environment\'s tag', wider: allows }
      }
    }
  }
}
