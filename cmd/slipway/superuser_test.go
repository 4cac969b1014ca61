package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

const password = "correct horse battery"

// superusers answers as Secrets Manager does, and as server does for the rest.
type superusers struct {
	tasks   server
	secrets []map[string]any
	deletes []map[string]any
	// others are the bodies of all requests but that for the secret.
	others []string
	// keep makes DeleteSecret fail, deny CreateSecret.
	keep, deny bool
}

func (s *superusers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if operation != "CreateSecret" {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.others, r.Body = append(s.others, string(text)), io.NopCloser(bytes.NewReader(text))
	}
	if operation != "CreateSecret" && operation != "DeleteSecret" {
		s.tasks.ServeHTTP(w, r)
		return
	}
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case operation == "CreateSecret" && s.deny, operation == "DeleteSecret" && s.keep:
		http.Error(w, `{"__type": "AccessDeniedException", "Message": "no"}`, http.StatusBadRequest)
	case operation == "CreateSecret":
		s.secrets = append(s.secrets, body)
		fmt.Fprint(w, `{"ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf"}`)
	default:
		s.deletes = append(s.deletes, body)
		fmt.Fprint(w, `{}`)
	}
}

func createSuperuser(t *testing.T, fake *superusers, input string, more ...string) (int, string) {
	t.Helper()
	clean(t)
	endpoint := httptest.NewServer(fake)
	defer endpoint.Close()
	t.Setenv("AWS_ENDPOINT_URL", endpoint.URL)
	args := append([]string{"createsuperuser", "--stack", "staging", "--outputs", file(t, outputs), "--email", "ann@example.com"}, more...)
	code, _, errs := slipway(t, input, args...)
	return code, errs
}

func TestCreateSuperuserHandsThePasswordOverInASecret(t *testing.T) {
	fake := &superusers{}
	code, errs := createSuperuser(t, fake, password+"\nmore\n")
	if code != 3 { // that of the task
		t.Fatalf("got %d: %s", code, errs)
	}
	if len(fake.secrets) != 1 || fake.secrets[0]["SecretString"] != `{"email":"ann@example.com","password":"`+password+`"}` {
		t.Errorf("secrets: got %v", fake.secrets)
	}
	if name := fmt.Sprint(fake.secrets[0]["Name"]); !strings.HasPrefix(name, "staging-superuser-") {
		t.Errorf("name: got %s", name)
	}
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x-AbCdEf"
	if len(fake.deletes) != 1 || fake.deletes[0]["SecretId"] != arn || fake.deletes[0]["ForceDeleteWithoutRecovery"] != true {
		t.Errorf("deleted: got %v", fake.deletes)
	}
	request, err := json.Marshal(fake.tasks.run)
	if err != nil {
		t.Fatal(err)
	}
	if want := `"command":["python","manage.py","create_superuser","--secret","` + arn + `"]`; !strings.Contains(string(request), want) {
		t.Errorf("no %s in %s", want, request)
	}
	if all := strings.Join(fake.others, "") + errs; strings.Contains(all, "correct horse") || !strings.Contains(all, "create_superuser") {
		t.Errorf("the password left the secret, or nothing was recorded: %s", all)
	}
}

func TestCreateSuperuserDeletesTheSecretWhateverHappens(t *testing.T) {
	fake := &superusers{tasks: server{refuse: true}}
	code, errs := createSuperuser(t, fake, password)
	if code != 125 || len(fake.deletes) != 1 || !strings.Contains(errs, "Cluster not found") {
		t.Errorf("got %d, %v: %s", code, fake.deletes, errs)
	}
	fake = &superusers{keep: true}
	code, errs = createSuperuser(t, fake, password)
	if code != 125 || !strings.Contains(errs, "next: delete it: aws secretsmanager delete-secret") {
		t.Errorf("got %d: %s", code, errs)
	}
}

func TestCreateSuperuserSaysWhatItLacks(t *testing.T) {
	for name, test := range map[string]struct {
		input string
		deny  bool
		more  []string
		want  string
	}{
		"no password": {"", false, nil, "no password was given"},
		"no address":  {password, false, []string{"--email", "ann"}, `"ann" is not an address such as ann@example.com`},
		"no right":    {password, true, nil, "ask for secretsmanager:CreateSecret and DeleteSecret on secret:staging-superuser-*"},
	} {
		fake := &superusers{deny: test.deny}
		code, errs := createSuperuser(t, fake, test.input, test.more...)
		if code != 125 || !strings.Contains(errs, test.want) || fake.tasks.run != nil {
			t.Errorf("%s: got %d: %s", name, code, errs)
		}
	}
}

func TestHelpListsNoFlagForAPassword(t *testing.T) {
	_, out, errs := slipway(t, "", "createsuperuser", "--help")
	if !slices.ContainsFunc(strings.Split(out+errs, "\n"), func(line string) bool { return strings.Contains(line, "--email") }) || strings.Contains(out+errs, "--password") {
		t.Errorf("got %s%s", out, errs)
	}
}
