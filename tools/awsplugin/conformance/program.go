package conformance

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gitlab.com/slipway/slipway/tools/awsplugin/mapping"
)

const sdkPath = "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"

// Use is something of pulumi-aws that a program uses and the plugin lacks.
type Use struct {
	// Position is the file and line.
	Position string
	// What is the Go name of the constructor or field.
	What string
}

// Missing returns what the program in a directory uses of the SDK and the
// plugin does not provide: types that are not in the mapping table, and
// arguments among the differences that the table does not let pass.
func Missing(dir string, found []Difference, sdkDir string) ([]Use, error) {
	lacking := map[string]bool{}
	for _, d := range found {
		if d.Problem == OnlySDK && d.Owner != "" && !passes(d) {
			lacking[d.Owner+"."+d.Property] = true
		}
	}
	p := program{lacking: lacking, sdk: newSDK(sdkDir), fset: token.NewFileSet()}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != dir && (slices.Contains([]string{"tools", "testdata"}, d.Name()) || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		return p.file(file)
	})
	if err != nil {
		return nil, fmt.Errorf("read the program: %w", err)
	}
	return p.uses, nil
}

// passes reports whether the plugin accepts and drops an argument.
func passes(d Difference) bool {
	for _, r := range mapping.Resources() {
		if d.Owner == r.Module+"."+r.Name {
			return slices.Contains(r.Newer, d.Property)
		}
	}
	return false
}

type program struct {
	lacking map[string]bool
	sdk     *sdk
	fset    *token.FileSet
	uses    []Use
}

func (p *program) file(name string) error {
	f, err := parser.ParseFile(p.fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	modules := sdkImports(f)
	if len(modules) == 0 {
		return nil
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if module, name, ok := selected(modules, n.Fun); ok && isUnmapped(module, name) {
				p.report(n, module+"."+name)
			}
		case *ast.CompositeLit:
			if module, name, ok := selected(modules, n.Type); ok && err == nil {
				err = p.literal(n, module, name)
			}
		}
		return true
	})
	return err
}

// literal looks at the fields of a literal such as &lb.ListenerArgs{...}.
func (p *program) literal(lit *ast.CompositeLit, module, name string) error {
	base, ok := strings.CutSuffix(name, "Args")
	if !ok {
		return nil
	}
	pkg, err := p.sdk.load(module)
	if err != nil {
		return err
	}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, ok := kv.Key.(*ast.Ident)
		if !ok {
			continue
		}
		for _, tagged := range []string{lowerFirst(name), base, name} {
			if property, ok := pkg.property(tagged, key.Name); ok {
				if p.lacking[module+"."+base+"."+property] {
					p.report(kv, module+"."+name+"."+key.Name)
				}
				break
			}
		}
	}
	return nil
}

// property returns the Pulumi name of a struct's field.
func (p *sdkPackage) property(structName, field string) (string, bool) {
	st, ok := p.structs[structName]
	if !ok {
		return "", false
	}
	for _, f := range st.Fields.List {
		if len(f.Names) == 1 && f.Names[0].Name == field && f.Tag != nil {
			return tagName(f)
		}
	}
	return "", false
}

func (p *program) report(n ast.Node, what string) {
	p.uses = append(p.uses, Use{Position: p.fset.Position(n.Pos()).String(), What: what})
}

// sdkImports returns the SDK's modules by the names that a file gives them.
func sdkImports(f *ast.File) map[string]string {
	modules := map[string]string{}
	for _, i := range f.Imports {
		importPath, err := strconv.Unquote(i.Path.Value)
		if err != nil || importPath != sdkPath && !strings.HasPrefix(importPath, sdkPath+"/") {
			continue
		}
		module := "index"
		if importPath != sdkPath {
			module = strings.TrimPrefix(importPath, sdkPath+"/")
		}
		name := path.Base(importPath)
		if i.Name != nil {
			name = i.Name.Name
		}
		modules[name] = module
	}
	return modules
}

func selected(modules map[string]string, e ast.Expr) (module, name string, ok bool) {
	sel, isSelector := e.(*ast.SelectorExpr)
	if !isSelector {
		return "", "", false
	}
	x, isIdent := sel.X.(*ast.Ident)
	if !isIdent {
		return "", "", false
	}
	module, ok = modules[x.Name]
	return module, sel.Sel.Name, ok
}

// isUnmapped reports whether a call makes a resource or calls a function that
// the mapping table does not have.
func isUnmapped(module, name string) bool {
	if module == "index" && name == "NewProvider" {
		return false
	}
	if resource, ok := strings.CutPrefix(name, "New"); ok {
		return !slices.ContainsFunc(mapping.Resources(), func(r mapping.Resource) bool { return r.Module == module && r.Name == resource })
	}
	for _, p := range []string{"Get", "Lookup"} {
		if function, ok := strings.CutPrefix(strings.TrimSuffix(name, "Output"), p); ok {
			return !slices.ContainsFunc(mapping.Functions(), func(f mapping.Function) bool { return f.Module == module && f.Name == "get"+function })
		}
	}
	return false
}
