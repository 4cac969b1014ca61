package markdown

import (
	"regexp"
	"strconv"
	"strings"
)

// anchors are the names that GitHub and GitLab give to headings. They differ
// for "A & B": a--b on GitHub, a-b on GitLab.
// https://docs.gitlab.com/user/markdown/#heading-ids-and-links
type anchors struct {
	github, gitlab map[string]int
	explicit       map[string]bool
}

func newAnchors() *anchors {
	return &anchors{github: map[string]int{}, gitlab: map[string]int{}, explicit: map[string]bool{}}
}

var (
	unsaid  = regexp.MustCompile(`[^\p{L}\p{M}\p{N}\p{Pc} -]`)
	hyphens = regexp.MustCompile(`-+`)
)

func (a *anchors) add(heading string) {
	slug := strings.ReplaceAll(unsaid.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-")
	count(a.github, slug)
	count(a.gitlab, hyphens.ReplaceAllString(slug, "-"))
}

// count notes a slug; one that is taken gets the next number after it.
func count(slugs map[string]int, slug string) {
	taken, again := slugs[slug]
	slugs[slug] = taken + 1
	if again {
		slugs[slug+"-"+strconv.Itoa(taken)] = 1
	}
}

// all are the anchors that lead to a heading on both sites, and those that HTML
// names.
func (a *anchors) all() map[string]bool {
	both := map[string]bool{}
	for slug := range a.github {
		if _, ok := a.gitlab[slug]; ok {
			both[slug] = true
		}
	}
	for id := range a.explicit {
		both[id] = true
	}
	return both
}
