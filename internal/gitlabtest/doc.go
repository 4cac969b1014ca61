// Package gitlabtest is a stand-in for the part of GitLab's REST API that Slipway
// uses: notes of merge requests, issues and their notes. It pages, limits and
// refuses as GitLab's documentation says, so that clients can be tested without a
// GitLab server:
//
//   - https://docs.gitlab.com/api/rest/#pagination
//   - https://docs.gitlab.com/api/rest/#status-codes
//   - https://docs.gitlab.com/api/notes/
//   - https://docs.gitlab.com/api/issues/
//   - https://docs.gitlab.com/administration/instance_limits/ (lengths of notes, descriptions and titles)
//   - https://docs.gitlab.com/ci/jobs/ci_job_token/ (a job token opens neither)
package gitlabtest
