package logitfuzzkit

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// What became of a call.
const (
	statusValues = iota
	statusUnsupported
	statusThrew
	statusViolation
)

const maxTextBytes = 500

type violation struct {
	Kind   string `json:"kind"`
	Detail string `json:"detail"`
}

// malformed says why the protocol cannot express a result, if it cannot.
func malformed[T Float](result Tensor[T]) string {
	if size, ok := elements(result.Shape); !ok || size != uint64(len(result.Data)) {
		return fmt.Sprintf("the result has %d elements and the shape %v", len(result.Data), result.Shape)
	}
	return ""
}

func appendHeader(out []byte, length int, status, rankOrBytes, format uint32) []byte {
	out = order.AppendUint32(out, uint32(length))
	out = order.AppendUint32(out, status)
	out = order.AppendUint32(out, rankOrBytes)
	return order.AppendUint32(out, format)
}

// appendPadding fills up to a multiple of 8 bytes; frames and answers begin at one.
func appendPadding(out []byte) []byte {
	return append(out, make([]byte, int(pad(uint64(len(out))))-len(out))...)
}

func appendValues[T Float](out []byte, result Tensor[T]) []byte {
	width, format := 4, uint32(formatFloat32)
	if _, ok := any(result.Data).([]float64); ok {
		width, format = 8, formatFloat64
	}
	length := 16 + pad(uint64(4*len(result.Shape))) + pad(uint64(width*len(result.Data)))
	out = appendHeader(out, int(length), statusValues, uint32(len(result.Shape)), format)
	for _, n := range result.Shape {
		out = order.AppendUint32(out, uint32(n))
	}
	out = appendPadding(out)
	switch data := any(result.Data).(type) {
	case []float32:
		for _, value := range data {
			out = order.AppendUint32(out, math.Float32bits(value))
		}
	case []float64:
		for _, value := range data {
			out = order.AppendUint64(out, math.Float64bits(value))
		}
	}
	return appendPadding(out)
}

// appendText appends an answer that is a text, cut at the end of a character where it is too long.
func appendText(out []byte, status uint32, text string) []byte {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) > maxTextBytes {
		end := maxTextBytes
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	out = appendHeader(out, 16+int(pad(uint64(len(text)))), status, uint32(len(text)), 0)
	return appendPadding(append(out, text...))
}

// appendAnswer appends an answer as it is, or within one that tells of violations.
func appendAnswer(out []byte, violations []violation, answer []byte) []byte {
	if len(violations) == 0 {
		return append(out, answer...)
	}
	text, err := json.Marshal(violations)
	if err != nil {
		panic(err) // strings are always valid
	}
	length := 16 + int(pad(uint64(len(text)))) + len(answer)
	out = appendHeader(out, length, statusViolation, uint32(len(text)), 0)
	return append(appendPadding(append(out, text...)), answer...)
}
