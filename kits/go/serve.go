package logitfuzzkit

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
)

const (
	protocol      = 1
	magic         = 0x315A464C // LFZ1
	headerBytes   = 16
	maxFrameBytes = 64 << 20
)

// The types of frames.
const (
	frameHello = iota + 1
	frameWelcome
	frameRun
	frameResults
	frameStop
	frameFail
)

var order = binary.LittleEndian

// Serve takes the standard streams for the protocol, and answers until it is told to stop or its input ends. It
// then returns nil. Call it once, and leave main when it returns.
func Serve(subject *Subject) error {
	streams, err := takeStreams()
	if err != nil {
		return fmt.Errorf("logitfuzz: cannot take the standard streams: %w", err)
	}
	server := server{subject: subject, streams: streams, in: bufio.NewReaderSize(streams.in, 1<<16)}
	err = server.serve()
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	body := map[string]any{"message": err.Error(), "protocols": []int{protocol}}
	return fmt.Errorf("logitfuzz: %w", errors.Join(err, server.sendJSON(frameFail, body)))
}

type server struct {
	subject  *Subject
	streams  *streams
	in       *bufio.Reader
	sequence uint32 // of the frame that was read last, and of the answer to it
	frame    []byte // the body of the frame that was read last
	reply    []byte // the frame that is written, or was written last
}

func (s *server) serve() error {
	isWelcome := false
	for {
		kind, err := s.read()
		switch {
		case err != nil:
		case kind == frameStop:
			return nil
		case kind == frameHello && !isWelcome:
			isWelcome = true
			err = s.welcome()
		case kind == frameRun && isWelcome:
			err = s.run()
		default:
			err = fmt.Errorf("a frame of type %d was not expected", kind)
		}
		if err != nil {
			return err
		}
	}
}

// read reads a frame, its body into s.frame.
func (s *server) read() (kind uint32, err error) {
	var header [headerBytes]byte
	if _, err := io.ReadFull(s.in, header[:]); err != nil {
		return 0, err
	}
	if order.Uint32(header[0:]) != magic {
		return 0, fmt.Errorf("the input is no frame of lfz/1: it begins with %q", header)
	}
	length := order.Uint32(header[12:])
	if length > maxFrameBytes {
		return 0, fmt.Errorf("a frame has %d bytes, more than the %d of the welcome", length, maxFrameBytes)
	}
	s.sequence = order.Uint32(header[8:])
	s.frame = slices.Grow(s.frame[:0], int(length))[:length]
	_, err = io.ReadFull(s.in, s.frame)
	return order.Uint32(header[4:]), err
}

// begin starts a reply, whose body is then appended to s.reply.
func (s *server) begin(kind uint32) {
	s.reply = order.AppendUint32(s.reply[:0], magic)
	s.reply = order.AppendUint32(s.reply, kind)
	s.reply = order.AppendUint32(s.reply, s.sequence)
	s.reply = order.AppendUint32(s.reply, 0)
}

// end writes the reply, now that its length is known.
func (s *server) end() error {
	order.PutUint32(s.reply[12:], uint32(len(s.reply)-headerBytes))
	_, err := s.streams.out.Write(s.reply)
	return err
}

func (s *server) sendJSON(kind uint32, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	s.begin(kind)
	s.reply = append(s.reply, text...)
	return s.end()
}

// welcome answers hello, the frame that was read last.
func (s *server) welcome() error {
	var hello struct {
		Protocols []int `json:"protocols"`
	}
	if err := json.Unmarshal(s.frame, &hello); err != nil {
		return fmt.Errorf("hello is not what it has to be: %w", err)
	}
	if !slices.Contains(hello.Protocols, protocol) {
		return fmt.Errorf("speaks protocol %d, not one of %v", protocol, hello.Protocols)
	}
	single, double := s.subject.Float32.filled(), s.subject.Float64.filled()
	kernels := []string{}
	for i, name := range kernelNames {
		if single[i] || double[i] {
			kernels = append(kernels, name)
		}
	}
	if offersEcho() {
		kernels = append(kernels, "echo")
	}
	if len(kernels) == 0 {
		return errors.New("the subject has no kernels")
	}
	supports := map[string]any{}
	if !slices.Contains(single[:], true) {
		supports["formats"] = []string{"float64"}
	} else if !slices.Contains(double[:], true) {
		supports["formats"] = []string{"float32"}
	}
	for key, value := range s.subject.Supports {
		supports[key] = value
	}
	welcome := struct {
		Protocol      int               `json:"protocol"`
		Kit           string            `json:"kit"`
		Name          string            `json:"name,omitempty"`
		Version       string            `json:"version,omitempty"`
		Language      string            `json:"language"`
		Engine        string            `json:"engine,omitempty"`
		Kernels       []string          `json:"kernels"`
		Supports      map[string]any    `json:"supports,omitempty"`
		Arithmetic    Arithmetic        `json:"arithmetic"`
		Refuses       bool              `json:"refuses"`
		Policy        map[string]string `json:"policy,omitempty"`
		MaxFrameBytes int               `json:"maxFrameBytes"`
	}{
		Protocol:      protocol,
		Kit:           "logitfuzz-go 0.1",
		Name:          s.subject.Name,
		Version:       s.subject.Version,
		Language:      "Go " + strings.TrimPrefix(runtime.Version(), "go"),
		Engine:        s.subject.Engine,
		Kernels:       kernels,
		Supports:      supports,
		Arithmetic:    s.subject.Arithmetic,
		Refuses:       s.subject.Refuses,
		Policy:        s.subject.Policy,
		MaxFrameBytes: maxFrameBytes,
	}
	return s.sendJSON(frameWelcome, welcome)
}

// run answers the cases of the frame that was read last.
func (s *server) run() error {
	if len(s.frame) < 8 {
		return fmt.Errorf("run %d has no count", s.sequence)
	}
	count := order.Uint32(s.frame)
	s.begin(frameResults)
	s.reply = order.AppendUint32(s.reply, count)
	s.reply = order.AppendUint32(s.reply, 0)
	rest := s.frame[8:]
	for i := uint32(0); i < count; i++ {
		record, length, err := parseRecord(rest)
		if err != nil {
			return fmt.Errorf("run %d, record %d: %w", s.sequence, i, err)
		}
		rest = rest[length:]
		switch record.format {
		case formatFloat32:
			s.reply = answer(s, &s.subject.Float32, record)
		case formatFloat64:
			s.reply = answer(s, &s.subject.Float64, record)
		default:
			s.reply = appendText(s.reply, statusUnsupported, fmt.Sprintf("there is no format %d", record.format))
		}
	}
	if len(rest) != 0 {
		return fmt.Errorf("run %d has %d bytes behind its last record", s.sequence, len(rest))
	}
	return s.end()
}

// answer calls a kernel and returns the reply with what became of it.
func answer[T Float](s *server, kernels *Kernels[T], record *record) []byte {
	if !kernels.has(record.kernel) {
		return appendText(s.reply, statusUnsupported, "there is no such kernel in this format")
	}
	arguments := newArguments[T](record)
	result, err := call(kernels, record, arguments)
	if s.subject.Flush != nil {
		s.subject.Flush()
	}

	printed := s.streams.printed() // also where it is not told: it must not be there after the next call
	if errors.Is(err, errors.ErrUnsupported) {
		return appendText(s.reply, statusUnsupported, err.Error())
	}

	var violations []violation
	if name := arguments.written(record); name != "" {
		violations = append(violations, violation{"input-written", "the call changed its argument " + name})
	}
	if err != nil {
		return appendAnswer(s.reply, violations, appendText(nil, statusThrew, err.Error()))
	}
	if printed != "" {
		violations = append(violations, violation{"printed", fmt.Sprintf("%.80q", printed)})
	}
	if name := arguments.aliased(result.Data); name != "" {
		violations = append(violations, violation{"output-aliased", "the result shares memory with " + name})
	}
	if reason := malformed(result); reason != "" {
		return appendAnswer(s.reply, append(violations, violation{"not-a-tensor", reason}), nil)
	}
	return appendAnswer(s.reply, violations, appendValues(nil, result))
}

// call calls the kernel of a record. A panic is an error like others.
func call[T Float](k *Kernels[T], r *record, a *arguments[T]) (result Tensor[T], err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	switch r.kernel {
	case kernelSoftmax:
		return k.Softmax(a.logits, r.axis)
	case kernelSoftmaxBackward:
		return k.SoftmaxBackward(a.logits, a.dy, r.axis)
	case kernelLogSoftmax:
		return k.LogSoftmax(a.logits, r.axis)
	case kernelLogSoftmaxBackward:
		return k.LogSoftmaxBackward(a.logits, a.dy, r.axis)
	case kernelLogSumExp:
		return k.LogSumExp(a.logits, r.axis)
	case kernelLogSumExpBackward:
		return k.LogSumExpBackward(a.logits, a.dy, r.axis)
	case kernelCrossEntropy:
		return k.CrossEntropy(a.logits, a.target, a.options)
	case kernelCrossEntropyBackward:
		return k.CrossEntropyBackward(a.logits, a.target, a.dy, a.options)
	case kernelCrossEntropyTargetBackward:
		return k.CrossEntropyTargetBackward(a.logits, a.target, a.dy, a.options)
	default:
		return echo(a.logits, r.ignoreIndex)
	}
}
