package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// provider calls Meta's Graph API, or what stands for it.
type provider struct {
	base string
	http *http.Client
}

type liveCode struct {
	Code             string `json:"code"`
	PrefilledMessage string `json:"prefilled_message"`
	DeepLinkURL      string `json:"deep_link_url"`
	QrImageURL       string `json:"qr_image_url"`
}

var errGone = errors.New("the provider has no such code")

func newProvider(base string) *provider {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// As many connections as reconciles, kept.
	transport.MaxIdleConnsPerHost = concurrency
	return &provider{base: base, http: &http.Client{Transport: transport, Timeout: 30 * time.Second}}
}

func (p *provider) create(ctx context.Context, token, phone, message string) (liveCode, error) {
	body := map[string]string{"prefilled_message": message, "generate_qr_image": "SVG"}
	return p.call(ctx, http.MethodPost, "/v25.0/"+phone+"/message_qrdls", token, body)
}

func (p *provider) update(ctx context.Context, token, phone, code, message string) (liveCode, error) {
	body := map[string]string{"prefilled_message": message, "code": code}
	return p.call(ctx, http.MethodPost, "/v25.0/"+phone+"/message_qrdls", token, body)
}

func (p *provider) get(ctx context.Context, token, phone, code string) (liveCode, error) {
	query := url.Values{"code": {code}, "fields": {"code,prefilled_message,deep_link_url"}}
	return p.call(ctx, http.MethodGet, "/v25.0/"+phone+"/message_qrdls?"+query.Encode(), token, nil)
}

func (p *provider) remove(ctx context.Context, token, phone, code string) error {
	_, err := p.call(ctx, http.MethodDelete, "/v25.0/"+phone+"/message_qrdls/"+code, token, nil)
	return err
}

func (p *provider) call(ctx context.Context, method, path, token string, body any) (liveCode, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return liveCode{}, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, p.base+path, content)
	if err != nil {
		return liveCode{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := p.http.Do(request)
	if err != nil {
		return liveCode{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return liveCode{}, err
	}
	if response.StatusCode != http.StatusOK {
		// What is not there is answered 404, or 400 with code 100.
		var refusal struct {
			Error struct{ Code, ErrorSubcode int } `json:"error"`
		}
		_ = json.Unmarshal(text, &refusal)
		if response.StatusCode == http.StatusNotFound || refusal.Error.Code == 100 {
			return liveCode{}, errGone
		}
		return liveCode{}, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, text)
	}
	// One code, or a list of them.
	var answer struct {
		liveCode
		Data []liveCode `json:"data"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return liveCode{}, err
	}
	if len(answer.Data) > 0 {
		return answer.Data[0], nil
	}
	if method == http.MethodGet && answer.Code == "" {
		return liveCode{}, errGone
	}
	return answer.liveCode, nil
}
