// Package reference writes the pages of the documents that would go stale by
// hand: all configuration keys, from the project and stack files, and all alarms,
// from what the program registers.
package reference

import (
	"fmt"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// Page is the page in Markdown for the project in the working directory: every
// key with its type, its meaning and its value in each of the stacks.
func Page(stacks ...string) (string, error) {
	keys, err := described("Pulumi.yaml")
	if err != nil {
		return "", err
	}
	values := make([]map[string]string, len(stacks))
	for i, stack := range stacks {
		if values[i], err = configured("Pulumi." + stack + ".yaml"); err != nil {
			return "", err
		}
	}
	var page strings.Builder
	page.WriteString(head)
	fmt.Fprintf(&page, "\n| key | type | %s | meaning |\n|---|---|%s---|\n", strings.Join(stacks, " | "), strings.Repeat("---|", len(stacks)))
	for _, key := range keys {
		fmt.Fprintf(&page, "| `%s` | %s |", key.name, key.kind)
		for _, of := range values {
			fmt.Fprintf(&page, " %s |", code(of[key.name]))
		}
		fmt.Fprintf(&page, " %s |\n", strings.Join(strings.Fields(key.Description), " "))
	}
	return page.String(), nil
}

const head = `# Configuration

Every key of a stack stands in its file, Pulumi.STACK.yaml, with the project's name before it: ` + "`slipway:zones: [a, b]`" + `. Keys are typed; a missing, unknown or bad one is refused before anything is created, with one message that names all of them. Beside them ` + "`aws:region`" + ` is the region, and ` + "`aws:profile`" + ` may name a profile of the shared AWS configuration.

This page is made by ` + "`make reference`" + ` from Pulumi.yaml and the stacks' files; ` + "`make test`" + ` fails when it is stale.
`

// key is one that Pulumi.yaml describes.
type key struct {
	name, kind  string
	Type        string
	Description string
	Items       struct{ Type string }
}

// described lists the keys in their order in the file.
func described(file string) ([]key, error) {
	var project struct{ Config yaml.Node }
	if err := read(file, &project); err != nil {
		return nil, err
	}
	var keys []key
	for i := 0; i+1 < len(project.Config.Content); i += 2 {
		var k key
		if err := project.Config.Content[i+1].Decode(&k); err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		k.name, k.kind = project.Config.Content[i].Value, k.Type
		if k.Type == "array" {
			k.kind = "list of " + k.Items.Type + "s"
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// configured are the values in a stack's file, as they stand there.
func configured(file string) (map[string]string, error) {
	var stack struct{ Config map[string]yaml.Node }
	if err := read(file, &stack); err != nil {
		return nil, err
	}
	values := map[string]string{}
	for name, node := range stack.Config {
		text, err := yaml.Marshal(&node)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", name, file, err)
		}
		_, short, _ := strings.Cut(name, ":")
		values[short] = strings.TrimSpace(string(text))
	}
	return values, nil
}

func read(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

func code(value string) string {
	if value == "" || value == `""` {
		return "empty"
	}
	return "`" + value + "`"
}
