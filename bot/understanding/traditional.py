"""Traditional characters that the field's questions use, with their simplified forms.

The standard one-to-one pairs of the Unihan database (kSimplifiedVariant); characters with several
simplified forms stand with the one that they have in this field.
"""

from __future__ import annotations

_TRADITIONAL = (
    "顯訓練記憶體張塊臺檔權換單雙兩萬億層優級長導參數夠嗎麼幾個點維實際應總計設備機為"
    "們這還會開關銷讀寫載圖資據庫網絡頻寬帶傳輸邏輯測試問題樣發現結構區別對該選擇勢學"
    "習過濾聽說話請謝從當將給與於報錯誤碼號環驅動適嚴緊縮減積種類標準確認識經驗復雜簡"
    "線達進運轉變買賣價錢費佔處儲頭腦電歸滿負責條項時間節鏈連並殘異極擴壓稱讓樓訊遠邊"
    "無沒後裡裏麽啟終觀見覺視規則術語詞彙頁軟專業務產師團隊組員夾歡樂氣軸較輕釋針鐘須"
    "預額顧飽馬驟齊佈倉傢倆側偵內冊凍劃劑勞匯協卻厭吳嘗噸園場執壞夥屬幫幹廣彈徑懷戰撐"
    "擁攜斷暫東樹檢歷決湊溫漲潛灣爾狀獨獲畫療監盤礎穩筆範築籤糧純細統緩緒績繪繼續罰義"
    "聯聲膚臨舊蘋補裝複觸訂診評詢誰課調證護貝貨質購趕躍軍辦農遞遷遲鄉釐鍵鎖鏡閉閃階隨"
    "險雖離難響順頓願風飛餘驚鬆魚鮮黃齡"
)
_SIMPLIFIED = (
    "显训练记忆体张块台档权换单双两万亿层优级长导参数够吗么几个点维实际应总计设备机为"
    "们这还会开关销读写载图资据库网络频宽带传输逻辑测试问题样发现结构区别对该选择势学"
    "习过滤听说话请谢从当将给与于报错误码号环驱动适严紧缩减积种类标准确认识经验复杂简"
    "线达进运转变买卖价钱费占处储头脑电归满负责条项时间节链连并残异极扩压称让楼讯远边"
    "无没后里里么启终观见觉视规则术语词汇页软专业务产师团队组员夹欢乐气轴较轻释针钟须"
    "预额顾饱马骤齐布仓家俩侧侦内册冻划剂劳汇协却厌吴尝吨园场执坏伙属帮干广弹径怀战撑"
    "拥携断暂东树检历决凑温涨潜湾尔状独获画疗监盘础稳笔范筑签粮纯细统缓绪绩绘继续罚义"
    "联声肤临旧苹补装复触订诊评询谁课调证护贝货质购赶跃军办农递迁迟乡厘键锁镜闭闪阶随"
    "险虽离难响顺顿愿风飞余惊松鱼鲜黄龄"
)
SIMPLIFIED = dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
"""Simplified form by traditional character."""
_TABLE = str.maketrans(SIMPLIFIED)


def simplified(text: str) -> str:
    """Return ``text``, of the same length, in simplified characters: ``為什麼`` is ``为什么``."""
    return text.translate(_TABLE)
