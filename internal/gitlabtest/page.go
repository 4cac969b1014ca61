package gitlabtest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// GitLab's numbers of items in a page.
const (
	pageDefault = 20
	pageMost    = 100
)

// sendPage sends one page of items, with the headers of offset-based pagination.
func sendPage[T any](w *response, r *http.Request, items []T) {
	query := r.URL.Query()
	page, size := positive(query.Get("page"), 1), min(positive(query.Get("per_page"), pageDefault), pageMost)
	pages := max(1, (len(items)+size-1)/size)
	from, to := min((page-1)*size, len(items)), min(page*size, len(items))

	header := w.Header()
	header.Set("X-Page", strconv.Itoa(page))
	header.Set("X-Per-Page", strconv.Itoa(size))
	header.Set("X-Total", strconv.Itoa(len(items)))
	header.Set("X-Total-Pages", strconv.Itoa(pages))
	header.Set("X-Next-Page", "")
	header.Set("X-Prev-Page", "")
	var links []string
	link := func(page int, relation string) {
		query.Set("page", strconv.Itoa(page))
		query.Set("per_page", strconv.Itoa(size))
		links = append(links, fmt.Sprintf(`<http://%s%s?%s>; rel=%q`, r.Host, r.URL.EscapedPath(), query.Encode(), relation))
	}
	if page > 1 {
		header.Set("X-Prev-Page", strconv.Itoa(page-1))
		link(page-1, "prev")
	}
	if page < pages {
		header.Set("X-Next-Page", strconv.Itoa(page+1))
		link(page+1, "next")
	}
	link(1, "first")
	link(pages, "last")
	header.Set("Link", strings.Join(links, ", "))
	w.send(http.StatusOK, append([]T{}, items[from:to]...))
}

func positive(text string, otherwise int) int {
	if value, err := strconv.Atoi(text); err == nil && value > 0 {
		return value
	}
	return otherwise
}
