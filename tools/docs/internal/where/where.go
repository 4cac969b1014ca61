// Package where keeps docs/where.md: a table of questions, the lines that answer
// them, and what stands there. The lines follow from what stands there.
package where

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"gitlab.com/slipway/slipway/tools/docs/internal/markdown"
)

// Page is the document's path in the repository.
const Page = "docs/where.md"

// Refresh returns the page with the line ranges that its snippets have now. The
// error names every row that can't be found in exactly one place.
//
// A row is: question | link to the file | snippet, or first and last snippet. A
// snippet is a part of one line. The first stands in one line of the file only;
// the last is searched from there on.
func Refresh(files fs.FS, page []byte) ([]byte, error) {
	rows := markdown.Parse(Page, page).Rows
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no table", Page)
	}
	lines := strings.Split(string(page), "\n")
	var problems []error
	for _, row := range rows {
		target, fresh, err := place(files, row)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", Page, row.Line, err))
			continue
		}
		lines[row.Line-1] = strings.Replace(lines[row.Line-1], "("+target+")", "("+fresh+")", 1)
	}
	return []byte(strings.Join(lines, "\n")), errors.Join(problems...)
}

// place is the link of a row, and what it should be.
func place(files fs.FS, row markdown.Row) (target, fresh string, err error) {
	if len(row.Cells) != 3 || len(row.Cells[1].Links) != 1 || len(row.Cells[2].Code) < 1 || len(row.Cells[2].Code) > 2 {
		return "", "", errors.New("want three cells: question, one link, one or two code spans")
	}
	target = row.Cells[1].Links[0]
	file, _, _ := strings.Cut(target, "#")
	source, err := fs.ReadFile(files, path.Join(path.Dir(Page), file))
	if err != nil {
		return "", "", err
	}
	first, last, err := find(source, row.Cells[2].Code)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", file, err)
	}
	fresh = fmt.Sprintf("%s#L%d", file, first)
	if last > first {
		fresh += fmt.Sprintf("-L%d", last)
	}
	return target, fresh, nil
}

// find returns the lines, from 1, of the first and the last snippet.
func find(source []byte, snippets []string) (first, last int, err error) {
	lines := bytes.Split(source, []byte("\n"))
	var found []int
	for i, line := range lines {
		if bytes.Contains(line, []byte(snippets[0])) {
			found = append(found, i+1)
		}
	}
	if len(found) == 0 {
		return 0, 0, fmt.Errorf("%q does not stand there any more", snippets[0])
	}
	if len(found) > 1 {
		return 0, 0, fmt.Errorf("%q stands in the lines %v; name a longer part of the one that is meant", snippets[0], found)
	}
	if len(snippets) == 1 {
		return found[0], found[0], nil
	}
	for i := found[0]; i < len(lines); i++ {
		if bytes.Contains(lines[i], []byte(snippets[1])) {
			return found[0], i + 1, nil
		}
	}
	return 0, 0, fmt.Errorf("%q does not stand below %q any more", snippets[1], snippets[0])
}
