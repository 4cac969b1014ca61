package main

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// save writes the results into a directory.
func save(dir string, log *record, s *summary) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the directory for the results: %w", err)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the results: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "load.json"), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the results: %w", err)
	}
	if err := saveRequests(filepath.Join(dir, "requests.csv"), log); err != nil {
		return fmt.Errorf("write the requests: %w", err)
	}
	if err := plotRun(filepath.Join(dir, "load.png"), log, s); err != nil {
		return fmt.Errorf("plot the requests: %w", err)
	}
	return nil
}

func saveRequests(path string, log *record) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	buffer := bufio.NewWriter(file)
	table := csv.NewWriter(buffer)
	if err := table.Write([]string{"begin_s", "latency_ms", "kind", "connection", "version", "failure"}); err != nil {
		return err
	}
	for _, o := range log.outcomes {
		err := table.Write([]string{
			strconv.FormatFloat(log.seconds(o.begin), 'f', 4, 64),
			strconv.FormatFloat(float64(o.latency.Microseconds())/1000, 'f', 3, 64),
			string(o.kind), o.connection, o.version, cmp.Or(o.failed, o.wrong),
		})
		if err != nil {
			return err
		}
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return err
	}
	return buffer.Flush()
}
