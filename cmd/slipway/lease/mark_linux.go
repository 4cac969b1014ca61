package lease

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// having lists the processes of this machine that have a file open, apart from
// this one: as far as /proc shows them.
func having(path string) []int {
	var found []int
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return nil
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || target != path {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err == nil && pid != os.Getpid() && (len(found) == 0 || found[len(found)-1] != pid) {
			found = append(found, pid)
		}
	}
	return found
}
