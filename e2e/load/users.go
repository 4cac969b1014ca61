package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

const (
	recipesPath = "/api/v1/recipes/"
	// seeded is how many recipes a user has before the load begins, more than one
	// page of the list that the load asks for.
	seeded = 12
)

// user is one user of the API and what belongs to it.
type user struct {
	token string
	// name is in the title of everything that the user writes.
	name string
	// recipes are those from before the load: title by identifier.
	ids    []int
	titles map[int]string

	mu      sync.Mutex
	written map[int]string
}

// recipe is what this program reads of one.
type recipe struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

func newRecipe(title string) map[string]any {
	return map[string]any{
		"title": title, "description": "Made under load", "time_minutes": 5, "price": "1.50",
		"tags": []any{map[string]string{"name": "load"}}, "ingredients": []any{map[string]string{"name": "water"}},
	}
}

// prepare registers users and gives each some recipes.
func prepare(ctx context.Context, s *site, number int) ([]*user, error) {
	users := make([]*user, number)
	for i := range users {
		u := &user{name: "load " + rand.Text()[:8], titles: map[int]string{}, written: map[int]string{}}
		credentials := map[string]string{"email": strings.ReplaceAll(strings.ToLower(u.name), " ", "-") + "@example.com", "password": rand.Text()}
		if err := s.call(ctx, http.MethodPost, "/api/v1/users/", "", credentials, nil, http.StatusCreated); err != nil {
			return nil, err
		}
		var login struct{ Token string }
		if err := s.call(ctx, http.MethodPost, "/api/v1/users/token/", "", credentials, &login, http.StatusOK); err != nil {
			return nil, err
		}
		u.token = login.Token
		for n := range seeded {
			var made recipe
			title := fmt.Sprintf("%s, recipe %d", u.name, n)
			if err := s.call(ctx, http.MethodPost, recipesPath, u.token, newRecipe(title), &made, http.StatusCreated); err != nil {
				return nil, err
			}
			u.ids, u.titles[made.ID] = append(u.ids, made.ID), title
		}
		users[i] = u
	}
	return users, nil
}

// wrote notes a recipe that the API says it has stored, or tells why that can't be.
func (u *user) wrote(made recipe) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, known := u.titles[made.ID]; known || u.written[made.ID] != "" {
		return fmt.Sprintf("the new recipe has the identifier %d of another one", made.ID)
	}
	u.written[made.ID] = made.Title
	return ""
}

// readBack compares everything that a user has with what was answered.
func readBack(ctx context.Context, s *site, u *user, log *record) error {
	found, titles := map[int]string{}, map[string]int{}
	for path := recipesPath + "?page_size=100"; path != ""; {
		var page struct {
			Next    *string
			Results []recipe
		}
		if err := s.call(ctx, http.MethodGet, path, u.token, nil, &page, http.StatusOK); err != nil {
			return err
		}
		for _, r := range page.Results {
			found[r.ID] = r.Title
			titles[r.Title]++
		}
		if path = ""; page.Next != nil {
			next, err := url.Parse(*page.Next)
			if err != nil {
				return fmt.Errorf("the link to the next page: %w", err)
			}
			path = next.RequestURI()
		}
	}
	for id, title := range u.written {
		if found[id] != title {
			log.lost(fmt.Sprintf("recipe %d %q was answered with 201 and is not there: %q", id, title, found[id]))
		}
	}
	for title, times := range titles {
		if times > 1 {
			log.lost(fmt.Sprintf("recipe %q was sent once and is there %d times", title, times))
		}
	}
	return nil
}
