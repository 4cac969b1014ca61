// Package gitlab builds the way in for the jobs of one GitLab project, without a
// key: an OpenID Connect provider, and for every environment roles that jobs take
// with their tokens. The deploy role may do what the program does, to the
// environment's own resources: those that carry its tags, or its name where AWS
// asks for no tag. Drift reads all of it and changes nothing, watch looks at alarms,
// and preview, which every branch may take, reads no state and no secret.
//
// It refuses refs of other projects: GitLab's issuer is shared by all projects,
// and a job chooses its token's audience, so that only the subject tells them
// apart. https://docs.gitlab.com/ci/cloud_services/aws/
//
// It protects the account: the deploy role creates roles only in the stack's path
// and with the environment's permissions boundary, which it can't change. What AWS
// can't tell by tag or name stands in Wildcards, with the reason.
// docs/decisions/0009-who-may-do-what.md says why it is so.
package gitlab
