// Package comment writes the note of a merge request about one stack: what would
// be lost first, then counts, cost, the time of a deploy, and every difference
// folded away. The text is GitLab's Markdown.
package comment
