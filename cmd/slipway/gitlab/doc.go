// Package gitlab writes what a pipeline has to say to GitLab: one note of a merge
// request per topic and one issue per topic, each found again by a mark that
// readers don't see, and updated in place.
//
// It needs an access token with the scope api: GitLab's job token may write
// neither notes nor issues.
package gitlab
