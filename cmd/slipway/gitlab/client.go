package gitlab

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	api "gitlab.com/gitlab-org/api/client-go"

	"gitlab.com/slipway/slipway/internal/problem"
)

// How often a request is sent again that GitLab could not serve or refused for
// coming too often, and how long to wait when GitLab does not say. A rate limit is
// over after a minute:
// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
const (
	retries       = 6
	shortestPause = time.Second
	longestPause  = 30 * time.Second
)

// Settings say where GitLab is and what to write to.
type Settings struct {
	// URL is the address of the API, as in CI_API_V4_URL.
	URL string
	// Project is the project's number or path, as in CI_PROJECT_ID.
	Project string
	// Token is an access token of the project with the scope api.
	Token string
}

// The variables of a pipeline that the settings come from. GitLab sets all but the
// token.
const (
	urlVariable          = "CI_API_V4_URL"
	projectVariable      = "CI_PROJECT_ID"
	mergeRequestVariable = "CI_MERGE_REQUEST_IID"
	jobURLVariable       = "CI_JOB_URL"
	tokenVariable        = "GITLAB_TOKEN"
)

// FromPipeline reads the settings of the running pipeline. The error names every
// variable that is missing.
func FromPipeline() (Settings, error) {
	settings := Settings{URL: os.Getenv(urlVariable), Project: os.Getenv(projectVariable), Token: os.Getenv(tokenVariable)}
	var missing []string
	for name, value := range map[string]string{urlVariable: settings.URL, projectVariable: settings.Project} {
		if value == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return settings, &problem.Problem{What: "this is no pipeline of GitLab: not set are " + strings.Join(missing, " and "), Todo: "run it in a job, or set them"}
	}
	if settings.Token == "" {
		return settings, &problem.Problem{
			What: tokenVariable + " is not set: GitLab's job token may not write notes and issues",
			Todo: "make a project access token with the role Reporter and the scope api, and a masked variable " + tokenVariable + " with it: docs/pipeline.md",
		}
	}
	return settings, nil
}

// NoToken reports whether nobody has given the pipeline a token to write with.
func NoToken() bool { return os.Getenv(tokenVariable) == "" }

// JobURL is the address of the running job, "" outside a pipeline.
func JobURL() string { return os.Getenv(jobURLVariable) }

// MergeRequest is the number of the merge request that the pipeline runs for.
func MergeRequest() (int64, error) {
	text := os.Getenv(mergeRequestVariable)
	iid, err := strconv.ParseInt(text, 10, 64)
	if err != nil || iid < 1 {
		return 0, &problem.Problem{What: fmt.Sprintf("%s is %q: this pipeline runs for no merge request", mergeRequestVariable, text), Todo: "run it in a job for merge requests, or name the merge request with --merge-request"}
	}
	return iid, nil
}

// Client writes to one project.
type Client struct {
	api     *api.Client
	project string
}

// New makes a client. It waits as long as GitLab asks it to, which the library
// alone does for one of GitLab's two headers only.
func New(settings Settings) (*Client, error) {
	client, err := api.NewClient(settings.Token,
		api.WithBaseURL(settings.URL),
		api.WithCustomRetryMax(retries),
		api.WithCustomRetryWaitMinMax(shortestPause, longestPause),
		api.WithCustomBackoff(retryablehttp.DefaultBackoff),
	)
	if err != nil {
		return nil, &problem.Problem{What: fmt.Sprintf("can't use %s as the address of GitLab's API", settings.URL), Todo: "set " + urlVariable + " to an address such as https://gitlab.example.com/api/v4", Cause: err}
	}
	return &Client{api: client, project: settings.Project}, nil
}

// explain says what to do about GitLab's refusal.
func explain(what string, err error) error {
	p := &problem.Problem{What: what, Cause: err}
	switch {
	case status(err, http.StatusUnauthorized):
		p.Todo = "make a new project access token: the one in " + tokenVariable + " is wrong or has expired"
	case status(err, http.StatusForbidden):
		p.Todo = "give the token in " + tokenVariable + " the role Reporter and the scope api"
	case status(err, http.StatusNotFound):
		p.Todo = "look whether the project and the merge request are there, and whether the token in " + tokenVariable + " is one of this project"
	case status(err, http.StatusTooManyRequests):
		p.Todo = "run the job again later: GitLab limits how often it is asked"
	default:
		p.Todo = "run the job again; if that does not help, look at GitLab's status"
	}
	return p
}

func status(err error, code int) bool {
	var refused *api.ErrorResponse
	return errors.As(err, &refused) && refused.HasStatusCode(code) || code == http.StatusNotFound && errors.Is(err, api.ErrNotFound)
}
