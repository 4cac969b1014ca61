// Package gitlab builds the way in for the jobs of one GitLab project, without a
// key: an OpenID Connect provider, and for every environment two roles that jobs
// take with their tokens. The preview role reads, and no secret; the deploy role
// may do what the program does, to the environment's own resources where AWS
// tells them by name.
//
// It refuses refs of other projects: GitLab's issuer is shared by all projects,
// and a job chooses its token's audience, so that only the subject tells them
// apart. https://docs.gitlab.com/ci/cloud_services/aws/
//
// It protects the account: the deploy role creates roles only with the
// environment's permissions boundary, which it can't change.
package gitlab
