// From libyaml's events to nodes: the work of PyYAML's Reader, Composer and of its door to libyaml.
#include <yaml.h>

#include <map>
#include <new>

#include "template/print.hpp"
#include "template/python_error.hpp"
#include "template/unicode.hpp"
#include "template/yaml/yaml_node.hpp"

namespace sctl::jinja {
namespace {

// libyaml's work for one bracket grows with the brackets around it.
constexpr size_t deepest_nesting = 1000;
constexpr std::string_view tag_prefix = "tag:yaml.org,2002:";
constexpr std::string_view tag_names[] = {"binary", "bool", "float",     "int",   "map",
                                          "merge",  "null", "omap",      "pairs", "seq",
                                          "set",    "str",  "timestamp", "value"};

YamlMark mark_of(const yaml_mark_t& mark) {
    return {static_cast<uint32_t>(mark.line), static_cast<uint32_t>(mark.column)};
}

std::string_view letters_of(const yaml_char_t* text) {
    return reinterpret_cast<const char*>(text);
}

struct CharacterBytes {
    size_t wanted; // as the first byte says it, 0 where it begins no character
    size_t good;   // how many of these are there and may be
};

CharacterBytes bytes_of_character(std::string_view text) {
    auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    unsigned first = byte(0);
    if (first < 0x80) return {1, 1};
    if (first < 0xc2 || first > 0xf4) return {0, 0};
    size_t wanted = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, good = 1;
    unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    while (good < wanted && good < text.size() && byte(good) >= least && byte(good) <= most) {
        good++;
        least = 0x80;
        most = 0xbf;
    }
    return {wanted, good};
}

// Bytes that are no character, in the words of Python's decoder.
[[noreturn]] void fail_decoding(std::string_view text, size_t at, const CharacterBytes& found) {
    const char* reason = "invalid continuation byte";
    if (found.wanted == 0)
        reason = "invalid start byte";
    else if (at + found.good == text.size())
        reason = "unexpected end of data";
    char what[64];
    if (found.good > 1)
        snprintf(what, sizeof what, "bytes in position %zu-%zu", at, at + found.good - 1);
    else
        snprintf(what, sizeof what, "byte 0x%02x in position %zu",
                 static_cast<unsigned>(static_cast<unsigned char>(text[at])), at);
    raise("UnicodeDecodeError", {"'utf-8' codec can't decode ", what, ": ", reason});
}

bool may_stand(char32_t c) {
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7f) || c == 0x85 ||
           (c >= 0xa0 && c != 0xfffe && c != 0xffff);
}

// PyYAML's Reader.
void check_characters(std::string_view text, std::string_view name) {
    size_t position = 0;
    for (size_t at = 0; at < text.size(); position++) {
        auto byte = static_cast<unsigned char>(text[at]);
        if ((byte >= 0x20 && byte < 0x7f) || byte == '\n') {
            at++;
            continue;
        }
        CharacterBytes found = bytes_of_character(text.substr(at));
        if (found.wanted == 0 || found.good < found.wanted) fail_decoding(text, at, found);
        char32_t c = next_char(text, at);
        if (may_stand(c)) continue;
        char number[16];
        snprintf(number, sizeof number, "#x%04x", static_cast<unsigned>(c));
        raise("ReaderError",
              {"unacceptable character ", number, ": special characters are not allowed\n  in \"",
               name, "\", position ", position});
    }
}

// libyaml's parser and one event of it.
class YamlEvents {
  public:
    YamlEvents(std::string_view text, const YamlComplaint& complaint) : complaint_(complaint) {
        if (!yaml_parser_initialize(&parser_)) throw std::bad_alloc();
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
    }
    ~YamlEvents() {
        yaml_event_delete(&event_);
        yaml_parser_delete(&parser_);
    }
    YamlEvents(const YamlEvents&) = delete;
    YamlEvents& operator=(const YamlEvents&) = delete;

    const yaml_event_t& next() {
        yaml_event_delete(&event_);
        if (!yaml_parser_parse(&parser_, &event_)) fail();
        return event_;
    }

  private:
    [[noreturn]] void fail() const {
        if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
        const char* type = parser_.error == YAML_PARSER_ERROR ? "ParserError" : "ScannerError";
        std::string_view problem = parser_.problem ? parser_.problem : "no YAML";
        if (parser_.context)
            complaint_.fail(type, parser_.context, mark_of(parser_.context_mark), problem,
                            mark_of(parser_.problem_mark));
        complaint_.fail(type, problem, mark_of(parser_.problem_mark));
    }

    const YamlComplaint& complaint_;
    yaml_parser_t parser_{};
    yaml_event_t event_{};
};

class YamlComposer {
  public:
    YamlComposer(std::string_view text, const YamlComplaint& complaint)
        : complaint_(complaint), events_(text, complaint) {}

    YamlNode* compose() {
        (void)events_.next(); // the stream's beginning
        if (events_.next().type == YAML_STREAM_END_EVENT) return nullptr;
        while (true) {
            const yaml_event_t& event = events_.next();
            if (event.type == YAML_DOCUMENT_END_EVENT) break;
            take(event);
        }
        const yaml_event_t& after = events_.next();
        if (after.type == YAML_STREAM_END_EVENT) return root_;
        complaint_.fail("ComposerError", "expected a single document in the stream", root_->mark,
                        "but found another document", mark_of(after.start_mark));
    }

  private:
    void take(const yaml_event_t& event) {
        switch (event.type) {
            case YAML_ALIAS_EVENT: put(aliased(event)); break;
            case YAML_SCALAR_EVENT: scalar(event); break;
            case YAML_SEQUENCE_START_EVENT:
                open(event, YamlNode::Sort::Sequence, event.data.sequence_start.anchor,
                     event.data.sequence_start.tag, YamlTag::Seq);
                break;
            case YAML_MAPPING_START_EVENT:
                open(event, YamlNode::Sort::Mapping, event.data.mapping_start.anchor,
                     event.data.mapping_start.tag, YamlTag::Map);
                break;
            case YAML_SEQUENCE_END_EVENT:
            case YAML_MAPPING_END_EVENT: open_.pop_back(); break;
            default: break;
        }
    }

    YamlNode* aliased(const yaml_event_t& event) {
        auto known = anchors_.find(letters_of(event.data.alias.anchor));
        if (known != anchors_.end()) return known->second;
        complaint_.fail(
            "ComposerError",
            joined("found undefined alias ", str_repr(letters_of(event.data.alias.anchor))),
            mark_of(event.start_mark));
    }

    void put(YamlNode* node) {
        if (open_.empty())
            root_ = node;
        else
            open_.back()->children.push_back(node);
    }

    YamlNode* add(const yaml_event_t& event, YamlNode::Sort sort, const yaml_char_t* anchor) {
        charge(sizeof(YamlNode));
        YamlNode& node = *new (keep_bytes(sizeof(YamlNode))) YamlNode;
        node.sort = sort;
        node.mark = mark_of(event.start_mark);
        put(&node);
        if (!anchor) return &node;
        auto [known, is_new] = anchors_.emplace(letters_of(anchor), &node);
        if (!is_new)
            complaint_.fail(
                "ComposerError",
                joined("found duplicate anchor ", str_repr(known->first), "; first occurrence"),
                known->second->mark, "second occurrence", node.mark);
        return &node;
    }

    static void set_tag(YamlNode& node, const yaml_char_t* tag) {
        node.tag = yaml_tag(letters_of(tag));
        if (node.tag == YamlTag::Other) node.other_tag = new Str(String(letters_of(tag)));
    }

    void scalar(const yaml_event_t& event) {
        const auto& scalar = event.data.scalar;
        YamlNode& node = *add(event, YamlNode::Sort::Scalar, scalar.anchor);
        charge(scalar.length);
        node.scalar = new Str(String(reinterpret_cast<const char*>(scalar.value), scalar.length));
        // "!" before nothing: libyaml does not say that this is plain.
        bool is_plain = scalar.plain_implicit || (scalar.tag && scalar.length == 0);
        if (scalar.tag && letters_of(scalar.tag) != "!")
            set_tag(node, scalar.tag);
        else
            node.tag = is_plain ? tag_of_plain(node.scalar->text) : YamlTag::Str;
    }

    void open(const yaml_event_t& event, YamlNode::Sort sort, const yaml_char_t* anchor,
              const yaml_char_t* tag, YamlTag usual) {
        YamlNode& node = *add(event, sort, anchor);
        node.tag = usual;
        if (tag && letters_of(tag) != "!") set_tag(node, tag);
        if (open_.size() >= deepest_nesting)
            complaint_.fail("ComposerError", "nested too deeply", node.mark);
        open_.push_back(&node);
    }

    const YamlComplaint& complaint_;
    YamlEvents events_;
    YamlNode* root_ = nullptr;
    Vector<YamlNode*> open_;
    std::map<String, YamlNode*, std::less<>> anchors_;
};

} // namespace

YamlTag yaml_tag(std::string_view tag) {
    if (!tag.starts_with(tag_prefix)) return YamlTag::Other;
    tag.remove_prefix(tag_prefix.size());
    for (size_t i = 0; i < std::size(tag_names); i++)
        if (tag_names[i] == tag) return static_cast<YamlTag>(i);
    return YamlTag::Other;
}

String YamlNode::tag_text() const {
    return other_tag ? other_tag->text : joined(tag_prefix, tag_names[static_cast<size_t>(tag)]);
}

String YamlComplaint::place(YamlMark mark) const {
    return joined("  in \"", file_, "\", line ", mark.line + 1, ", column ", mark.column + 1);
}

void YamlComplaint::fail(std::string_view type, std::string_view problem, YamlMark where) const {
    throw PythonError{String(type),
                      joined(problem, "\n", place(where)),
                      {{String(file_), {}, static_cast<int>(where.line) + 1}}};
}

void YamlComplaint::fail(std::string_view type, std::string_view context, YamlMark context_mark,
                         std::string_view problem, YamlMark where) const {
    String text(context);
    if (context_mark != where) text += joined("\n", place(context_mark));
    fail(type, joined(text, "\n", problem), where);
}

YamlNode* compose_yaml(std::string_view text, std::string_view name) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    check_characters(text, name);
    YamlComplaint complaint(name);
    return YamlComposer(text, complaint).compose();
}

} // namespace sctl::jinja
